import { SortedSet } from '../base/sorted-set.ts'
import type { Level } from './level.ts'

/*
 * Steps that want a slot wait in the queue of their level's lane. A lane is level 0, or a level with a `max_parallel`
 * of its own. As long as such a lane is not full, its best step stands in the queue of the lane around it too. So the
 * best step of a run is found at once, however many wait behind a limit that is reached.
 */

export const noQueue: SortedSet<number> = SortedSet.empty((a, b) => a - b)

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

/** What a lane offers to the one around it: the order of its best step, unless the lane is full. */
export const offerOf = ({ queue, running, maxParallel }: Level): number | undefined =>
  maxParallel !== null && running >= maxParallel ? undefined : queue.first
