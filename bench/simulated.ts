/** Steps that are done in the holder's process: what the engine and its journal cost without any process. */
import type { BenchDaemon } from './daemon.ts'
import { planText, shapes, type Shape } from './shapes.ts'
import { median } from './statistics.ts'
import type { Row } from './table.ts'

/** As short as it goes: a plan may have one mebibyte. */
const body = '    agent: simulated\n    prompt: x\n    with: {delay_ms: 0}\n'
const wanted = [
  { name: 'fan-out', atLeast: 8000 },
  { name: 'chain', atLeast: 1200 },
] as const satisfies readonly { name: Shape['name']; atLeast: number }[]

export async function benchSimulated(daemon: BenchDaemon, rounds: number, size: number): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const { name, atLeast } of wanted) {
    const text = planText(
      shapes.find((shape) => shape.name === name)!,
      size,
      body,
    )
    const perSecond: number[] = []
    for (let round = 0; round < rounds; round++) perSecond.push((size / (await daemon.time(text))) * 1000)
    rows.push({
      what: `${name}, ${size.toLocaleString('en')} simulated steps`,
      figure: median(perSecond),
      unit: ' steps/s',
      target: { atLeast },
      note: `${Math.round(Math.min(...perSecond))}-${Math.round(Math.max(...perSecond))}`,
    })
  }
  return rows
}
