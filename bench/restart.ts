/**
 * A daemon that is killed at the end of a run of 10,000 steps: from the start of the next one to its first dispatch.
 * The last steps are simulated ones that take an hour, so that they are in flight; the next daemon begins them anew,
 * at a speed at which they end at once, and the first of those ends is the first sign of a dispatch.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startDaemon } from './daemon.ts'
import { median } from './statistics.ts'
import type { Row } from './table.ts'

const steps = 10_000
const inFlight = 10

const text = `name: restart\nsteps:\n${Array.from({ length: steps }, (_, i) => {
  const delayMs = i < steps - inFlight ? 0 : 3_600_000
  return `  - id: s${i}\n    agent: simulated\n    prompt: x\n    with: {delay_ms: ${delayMs}}\n`
}).join('')}`

export async function benchRestart(rounds: number): Promise<Row> {
  const waits: number[] = []
  for (let round = 0; round < rounds; round++) waits.push(await waitOnce())
  return {
    what: `restart with a journal of ${steps.toLocaleString('en')} steps to first dispatch`,
    figure: median(waits) / 1000,
    unit: ' s',
    target: { atMost: 0.3 },
    note: `${rounds} kills; from the start of the process; ${Math.min(...waits)}-${Math.max(...waits)} ms`,
  }
}

async function waitOnce(): Promise<number> {
  await using daemon = await startDaemon({ tracing: true })
  const run = await daemon.submit(text)
  for (;;) {
    const { steps: counts } = (await daemon.client.runs(1))[0]!
    if (counts?.finished === steps - inFlight && counts.running === inFlight) break
    await delay(50)
  }
  const from = await daemon.restart({ ORCHD_SIMULATE_SPEED: '1e9' })
  let first = Number.POSITIVE_INFINITY
  for await (const fact of daemon.client.events(run, null, new AbortController().signal)) {
    if (fact.type === 'attempt_finished' && fact.at >= from) first = Math.min(first, fact.at)
  }
  return first - from
}
