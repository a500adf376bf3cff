/** From the rename that puts a plan into the inbox to the first step's process: its first act is to make a file. */
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchDaemon } from './daemon.ts'
import { median, quantile } from './statistics.ts'
import type { Row } from './table.ts'

export async function benchInbox(daemon: BenchDaemon, drops: number): Promise<Row> {
  const waits: number[] = []
  for (let drop = 0; drop < drops; drop++) waits.push(await waitOf(daemon, drop))
  return {
    what: 'rename in the inbox to first process, median',
    figure: median(waits),
    unit: ' ms',
    target: { atMost: 20 },
    note: `${drops} plans; p95 ${quantile(waits, 0.95).toFixed(1)} ms`,
  }
}

async function waitOf({ folder }: BenchDaemon, drop: number): Promise<number> {
  const mark = join(folder, `begun-${drop}`)
  const draft = join(folder, `drop-${drop}.draft`)
  writeFileSync(draft, `name: drop-${drop}\nsteps:\n  - id: first\n    run: touch begun-${drop}\n`)
  const from = Date.now()
  renameSync(draft, join(folder, 'inbox', `drop-${drop}.yaml`))
  while (!existsSync(mark)) await delay(1)
  const { birthtimeMs } = statSync(mark)
  rmSync(mark)
  return birthtimeMs - from
}
