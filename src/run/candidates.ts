import type { Instant, StepId } from '../base/ids.ts'
import type { Level } from './level.ts'
import { indexOfOrder, priorityOfOrder } from './order.ts'
import { advance } from './reduce.ts'
import type { RunState } from './state.ts'

/** An attempt that could start now if it had a slot. */
export type Candidate = {
  readonly index: number
  readonly step: StepId
  readonly attempt: number
  readonly priority: number
}

/**
 * The attempts that could start now, best first: by priority, then critical path; never more of a level than its
 * `max_parallel` leaves room for. Lazy, because of 10,000 that are ready only as many are looked at as there are slots.
 */
export function* candidates(run: RunState, now: Instant): Generator<Candidate> {
  const current = advance(run, now)
  for (const order of ordersIn(current, 0)) {
    const index = indexOfOrder(order)
    const state = current.states.get(index)
    if (state.status !== 'ready') continue
    const { id: step } = current.steps.get(index)
    yield { index, step, attempt: state.attempt, priority: priorityOfOrder(order) }
  }
}

type Stream = { head: number; readonly rest: Iterator<number> }

/** The orders of what a lane could start, ascending: its own steps, and what the lanes below it offer. */
function* ordersIn(run: RunState, lane: number): Generator<number> {
  const { queue, maxParallel, running } = run.levels.get(lane)
  let room = maxParallel === null ? Number.POSITIVE_INFINITY : maxParallel - running
  const below: Stream[] = []
  const own = queue[Symbol.iterator]()
  let next = own.next()
  while (room > 0) {
    const best = below.reduce<Stream | null>((a, b) => (a === null || b.head < a.head ? b : a), null)
    if (best !== null && (next.done === true || best.head < next.value)) {
      room--
      yield best.head
      pull(best, below)
    } else if (next.done === true) return
    else {
      const order = next.value
      next = own.next()
      const offering = laneBelow(run, lane, order)
      if (offering === null) {
        room--
        yield order
      } else {
        const stream = { head: 0, rest: ordersIn(run, offering) }
        below.push(stream)
        pull(stream, below)
      }
    }
  }
}

function pull(stream: Stream, among: Stream[]): void {
  const { done, value } = stream.rest.next()
  if (done === true) among.splice(among.indexOf(stream), 1)
  else stream.head = value
}

/** The lane right below `lane` that offers a step, or `null` when the step is the lane's own. */
function laneBelow(run: RunState, lane: number, order: number): number | null {
  let found: number | null = null
  for (let at = run.levels.get(run.steps.get(indexOfOrder(order)).level).lane; at !== lane;) {
    found = at
    const { parent }: Level = run.levels.get(at)
    if (parent === null) return null
    at = run.levels.get(parent).lane
  }
  return found
}
