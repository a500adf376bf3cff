import type { Instant, RunId } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { Claimant } from '../run/allocate.ts'
import type { RunState } from '../run/state.ts'
import { goesOn } from '../run/waiting.ts'
import type { Batch } from './batch.ts'
import { fold } from './fold.ts'

type Live = { run: RunState; lastServed: number; wakeAt: Instant | null }

/** The runs that are not finished, as they are on disk. */
export class LiveRuns {
  readonly #live = new Map<RunId, Live>()
  /** Idempotency keys, from the moment that a run is asked for. */
  readonly #keys = new Map<RunId, string>()
  #served = 0

  /** Folds every unfinished run of the journal. */
  load(journal: Journal): RunId[] {
    for (const id of journal.unfinishedRuns()) {
      const run = fold(journal, id)
      if (run === undefined) continue
      this.readKey(journal, id)
      this.#live.set(id, { run, lastServed: 0, wakeAt: null })
    }
    return [...this.#live.keys()]
  }

  get(id: RunId): RunState | undefined {
    return this.#live.get(id)?.run
  }

  states(): readonly RunState[] {
    return Array.from(this.#live.values(), ({ run }) => run)
  }

  keyOf(id: RunId): string | null {
    return this.#keys.get(id) ?? null
  }

  /** The key under which a run of the journal was submitted is known again. */
  readKey(journal: Journal, id: RunId): void {
    const key = journal.runsLike(id, 1)[0]?.key ?? null
    if (key !== null) this.#keys.set(id, key)
  }

  setKey(id: RunId, key: string): void {
    this.#keys.set(id, key)
  }

  /** What a commit made of the runs. */
  adopt(batch: Batch): void {
    for (const [id, run] of batch.changed) {
      const live = this.#live.get(id)
      if (run.phase === 'finished') {
        this.#live.delete(id)
        this.#keys.delete(id)
      } else if (live !== undefined) live.run = run
      else this.#live.set(id, { run, lastServed: 0, wakeAt: null })
    }
  }

  /** All who may want slots, as a batch has them. */
  claimants(batch: Batch): Claimant[] {
    const ids = new Set([...this.#live.keys(), ...batch.changed.keys()])
    return Array.from(ids, (id) => ({ run: batch.get(id)!, lastServed: this.#live.get(id)?.lastServed ?? 0 })) // each id is in one of the two
  }

  /** That a run got a slot, for the fairness of the next allocation. */
  serve(id: RunId): void {
    const live = this.#live.get(id)
    if (live !== undefined) live.lastServed = ++this.#served
  }

  setWakeAt(id: RunId, wakeAt: Instant | null): void {
    const live = this.#live.get(id)
    if (live !== undefined) live.wakeAt = wakeAt
  }

  due(now: Instant): RunId[] {
    return Array.from(this.#live)
      .filter(([, { wakeAt }]) => wakeAt !== null && wakeAt <= now)
      .map(([id]) => id)
  }

  /** When the next run is due by itself, or `null`. */
  nextWakeAt(): Instant | null {
    let next = Number.POSITIVE_INFINITY
    for (const { wakeAt } of this.#live.values()) if (wakeAt !== null) next = Math.min(next, wakeAt)
    return next === Number.POSITIVE_INFINITY ? null : next
  }

  /** How many attempts hold a slot. */
  running(): number {
    let sum = 0
    for (const { run } of this.#live.values()) sum += run.sets.running.size
    return sum
  }

  /** Whether any run can go on without a person. */
  canMove(): boolean {
    for (const { run } of this.#live.values()) if (goesOn(run)) return true
    return false
  }
}
