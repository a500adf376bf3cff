import { parentPort, workerData } from 'node:worker_threads'
import type { Share, Totals } from './campaign.ts'
import { simulate } from './simulate.ts'

// One share of a campaign: tells now and then how many more are done, and at the end what they came to.
const { first, seeds, step }: Share = workerData
const portion = 1000
const totals: Record<string, number> = {}
for (let done = 0; done < seeds; done++) {
  const seed = first + done * step
  const { tallies } = await simulate(seed).catch((error: unknown) => {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  })
  const { outcomes, ...counts } = tallies
  for (const [name, count] of Object.entries({ ...counts, ...outcomes })) totals[name] = (totals[name] ?? 0) + count
  if (done % portion === portion - 1) parentPort?.postMessage(portion, [])
}
parentPort?.postMessage(totals satisfies Totals, [])
