import type { Instant, StepId } from '../base/ids.ts'
import { wantsShared } from './demand.ts'
import { lanesOf } from './lane.ts'
import type { Level } from './level.ts'
import { indexOfOrder, priorityOfOrder } from './order.ts'
import { advance } from './reduce.ts'
import { atWorkInShared } from './shared.ts'
import type { RunState } from './state.ts'

/** An attempt that could start now if it had a slot. */
export type Candidate = {
  readonly index: number
  readonly step: StepId
  readonly attempt: number
  readonly priority: number
  /** See `demandOf`. */
  readonly demand: string
}

/**
 * The attempts of a run that could start now, best first: by priority, then critical path; never more of a level than its
 * `max_parallel` leaves room for, and of those that share a workspace only one. Lazy, because of 10,000 that are ready only as many are looked at as there are slots,
 * and none of a demand that nobody can meet.
 */
export class Candidates {
  readonly #run: RunState
  #streams: (Stream & { readonly demand: string })[] = []
  readonly #rooms: Rooms

  constructor(run: RunState, now: Instant) {
    this.#run = advance(run, now)
    this.#rooms = new Rooms(this.#run)
    const demands = [...this.#run.levels.get(0).queues.keys()]
    const isTaken = demands.some(wantsShared) && atWorkInShared(this.#run) !== null
    for (const demand of demands) {
      if (isTaken && wantsShared(demand)) continue
      const stream = { demand, head: 0, rest: ordersIn(this.#run, 0, demand, this.#rooms) }
      this.#streams.push(stream)
      pull(stream, this.#streams)
    }
  }

  /** The best one, the same until it is taken or its demand is dropped; `null` when there is none. */
  best(): Candidate | null {
    for (;;) {
      const best = least(this.#streams)
      if (best === null) return null
      const index = indexOfOrder(best.head)
      const { id: step, level } = this.#run.steps.get(index)
      const state = this.#run.states.get(index)
      // Its lane may have been filled by steps of other demands since it was looked at.
      if (state.status === 'ready' && this.#rooms.hasRoom(level))
        return { index, step, attempt: state.attempt, priority: priorityOfOrder(best.head), demand: best.demand }
      pull(best, this.#streams)
    }
  }

  /** The best one gets its slot. */
  take(): void {
    const best = least(this.#streams)
    if (best === null) return
    this.#rooms.fill(this.#run.steps.get(indexOfOrder(best.head)).level)
    if (wantsShared(best.demand)) this.#dropWhere(wantsShared)
    else pull(best, this.#streams)
  }

  /** The best one cannot start now, but others of its demand may. */
  skip(): void {
    const best = least(this.#streams)
    if (best !== null) pull(best, this.#streams)
  }

  /** Nothing of this demand can start now. */
  drop(demand: string): void {
    this.#dropWhere((one) => one === demand)
  }

  #dropWhere(isGone: (demand: string) => boolean): void {
    this.#streams = this.#streams.filter((stream) => !isGone(stream.demand))
  }
}

/** All that could start now, best first, if there were slots for all. */
export function* candidates(run: RunState, now: Instant): Generator<Candidate> {
  const all = new Candidates(run, now)
  for (let best = all.best(); best !== null; best = all.best()) {
    yield best
    all.take()
  }
}

/** How many more attempts the lanes of a run have room for. */
class Rooms {
  readonly #run: RunState
  readonly #left = new Map<number, number>()

  constructor(run: RunState) {
    this.#run = run
  }

  of(lane: number): number {
    const known = this.#left.get(lane)
    if (known !== undefined) return known
    const { maxParallel, running } = this.#run.levels.get(lane)
    return maxParallel === null ? Number.POSITIVE_INFINITY : maxParallel - running
  }

  hasRoom(level: number): boolean {
    return this.#around(level).every((lane) => this.of(lane) > 0)
  }

  fill(level: number): void {
    for (const lane of this.#around(level)) this.#left.set(lane, this.of(lane) - 1)
  }

  #around(level: number): number[] {
    return lanesOf(level, (number) => this.#run.levels.get(number))
  }
}

type Stream = { head: number; readonly rest: Iterator<number> }

/** The orders of a demand that a lane could start, ascending: its own steps, and what the lanes below it offer. */
function* ordersIn(run: RunState, lane: number, demand: string, rooms: Rooms): Generator<number> {
  const below: Stream[] = []
  const own = run.levels.get(lane).queues.get(demand)?.[Symbol.iterator]()
  let next = own?.next()
  while (rooms.of(lane) > 0) {
    const best = least(below)
    const order = next === undefined || next.done === true ? null : next.value
    if (best !== null && (order === null || best.head < order)) {
      yield best.head
      pull(best, below)
    } else if (order === null) return
    else {
      next = own?.next()
      const offering = laneBelow(run, lane, order)
      if (offering === null) yield order
      else {
        const stream = { head: 0, rest: ordersIn(run, offering, demand, rooms) }
        below.push(stream)
        pull(stream, below)
      }
    }
  }
}

const least = <S extends Stream>(streams: readonly S[]): S | null =>
  streams.reduce<S | null>((a, b) => (a === null || b.head < a.head ? b : a), null)

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
