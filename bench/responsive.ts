/** How late the daemon's event loop is while a fan-out of 1,000 shell steps runs. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startDaemon } from './daemon.ts'
import { planText, shapes } from './shapes.ts'
import { median } from './statistics.ts'
import type { Row } from './table.ts'

type Delays = { readonly p50: number; readonly p99: number; readonly max: number }

export async function benchResponsive(rounds: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-bench-'))
  const file = join(folder, 'delays.json')
  const preload = join(import.meta.dirname, 'loop-delay.ts')
  const samples: Delays[] = []
  {
    await using daemon = await startDaemon({
      tracing: true,
      nodeArgs: ['--import', preload],
      env: { ORCHD_BENCH_LOOP_DELAY: file },
    })
    const text = planText(shapes[0]!, 1000)
    await daemon.time(text)
    await delaysOf(daemon.pid, file) // begins anew
    for (let round = 0; round < rounds; round++) {
      await daemon.time(text)
      samples.push(await delaysOf(daemon.pid, file))
    }
  }
  rmSync(folder, { recursive: true })
  const of = (key: keyof Delays): number => median(samples.map((sample) => sample[key]))
  return {
    what: 'event-loop delay during a fan-out of 1,000, p99',
    figure: of('p99'),
    unit: ' ms',
    target: { atMost: 20 },
    note: `median of ${rounds}; p50 ${of('p50').toFixed(1)} ms, longest ${of('max').toFixed(0)} ms`,
  }
}

async function delaysOf(pid: number, file: string): Promise<Delays> {
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(file)) await delay(5)
  const delays: Delays = JSON.parse(readFileSync(file, 'utf8'))
  rmSync(file)
  return delays
}
