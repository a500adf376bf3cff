import { SortedSet } from '../base/sorted-set.ts'
import type { Level, Queues } from './level.ts'

/*
 * Steps that want a slot wait in the queues of their level's lane, one queue for each demand (`demand.ts`). A lane is
 * level 0, or a level with a `max_parallel` of its own. As long as such a lane is not full, its best step of each demand
 * stands in the queues of the lane around it too. So the best step of a run is found at once, however many wait behind a
 * limit that is reached, be it a lane's or an agent's.
 */

export const noQueues: Queues = new Map()
const noQueue: SortedSet<number> = SortedSet.empty((a, b) => a - b)

/** Queues with one place less, one more, or both. */
export function requeued(queues: Queues, demand: string, out: number | undefined, into: number | undefined): Queues {
  let queue = queues.get(demand) ?? noQueue
  if (out !== undefined) queue = queue.without(out)
  if (into !== undefined) queue = queue.with(into)
  const next = new Map(queues)
  if (queue.size === 0) next.delete(demand)
  else next.set(demand, queue)
  return next
}

/** The lanes around a level, its own first, level 0 last. */
export function lanesOf(number: number, levelAt: (number: number) => Level): number[] {
  const lanes: number[] = []
  for (let lane = levelAt(number).lane; ;) {
    lanes.push(lane)
    const { parent } = levelAt(lane)
    if (parent === null) return lanes
    lane = levelAt(parent).lane
  }
}

export type Offers = ReadonlyMap<string, number>

/** What a lane offers to the one around it: by demand the order of its best step, nothing while the lane is full. */
export function offersOf({ queues, running, maxParallel }: Level): Offers {
  const offers = new Map<string, number>()
  if (maxParallel !== null && running >= maxParallel) return offers
  for (const [demand, { first }] of queues) if (first !== undefined) offers.set(demand, first)
  return offers
}
