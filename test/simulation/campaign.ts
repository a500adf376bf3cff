import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** What all stories together came to, by name. */
export type Totals = { readonly [name: string]: number }

/** Which seeds a worker takes: from the first one on, every so many. */
export type Share = { readonly first: number; readonly seeds: number; readonly step: number }

/**
 * Simulates so many seeds, on all cores. Rejects with the first promise that is broken, naming its seed.
 * `progress` is told how many are done.
 */
export async function campaign(first: number, seeds: number, progress: (done: number) => void): Promise<Totals> {
  const cores = availableParallelism()
  const totals: Record<string, number> = {}
  let done = 0
  const share = async (at: number): Promise<void> => {
    const workerData: Share = { first: first + at, seeds: Math.ceil((seeds - at) / cores), step: cores }
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData })
    worker.on('message', (message: Totals | number) => {
      if (typeof message === 'number') progress((done += message))
      else for (const [name, count] of Object.entries(message)) totals[name] = (totals[name] ?? 0) + count
    })
    const failed = once(worker, 'error').then(([error]) => {
      throw error
    })
    await Promise.race([once(worker, 'exit'), failed])
  }
  await Promise.all(Array.from({ length: Math.min(cores, seeds) }, (_, at) => share(at)))
  return totals
}
