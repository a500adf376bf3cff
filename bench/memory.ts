/** Resident memory: of an idle daemon, and of one through whose step a gigabyte of output goes. */
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchDaemon, startDaemon } from './daemon.ts'
import { median } from './statistics.ts'
import type { Row } from './table.ts'
import { rssMb } from './usage.ts'

const onePlan = 'name: one\nsteps:\n  - id: one\n    run: "true"\n'
const gigabyte = 'name: output\nsteps:\n  - id: out\n    run: yes a-line-of-output | head -c 1000000000 || true\n'

export async function benchIdle(tracing: boolean, starts: number): Promise<Row> {
  const fresh: number[] = []
  const used: number[] = []
  for (let start = 0; start < starts; start++) {
    await using daemon = await startDaemon({ tracing })
    fresh.push(await settledMb(daemon))
    await daemon.time(onePlan)
    used.push(await settledMb(daemon))
  }
  return {
    what: `idle daemon, tracing ${tracing ? 'on' : 'off'}`,
    figure: median(fresh),
    unit: ' MB',
    target: { atMost: tracing ? 125 : 90 },
    note: `resident; after a first run ${median(used)} MB`,
  }
}

export async function benchOutput(): Promise<Row> {
  await using daemon = await startDaemon({ tracing: true })
  const wallMs = await daemon.time(gigabyte)
  return {
    what: '1 GB of output of a step: the daemon at most',
    figure: rssMb(daemon.pid, 'peak'),
    unit: ' MB',
    target: { atMost: 200 },
    note: `resident; in ${(wallMs / 1000).toFixed(1)} s`,
  }
}

/** What it has when it is left alone for a second. */
async function settledMb(daemon: BenchDaemon): Promise<number> {
  await delay(1000)
  return rssMb(daemon.pid)
}
