import type { Committed } from '../ports/observer.ts'

/** About 4 MB of run states, and two seconds of the fastest run. What is older is read from the journal again. */
const maxHeld = 2048

/**
 * The last events as the engine told of them, with the run's states that it has anyway: while the outbox keeps up,
 * nothing is read or folded twice. Only a shortcut: whatever is missing here is in the journal.
 */
export class RecentEvents {
  #held: Committed[] = []

  offer(batch: readonly Committed[]): void {
    const [first] = batch
    const last = this.#held.at(-1)
    if (first === undefined) return
    if (last !== undefined && first.entry.seq !== last.entry.seq + 1) this.#held = []
    this.#held.push(...batch.slice(-maxHeld))
    if (this.#held.length > maxHeld) this.#held.splice(0, this.#held.length - maxHeld)
  }

  /** At most `limit` events right behind `seq`, or none; forgets those up to `seq`. */
  after(seq: number, limit: number): readonly Committed[] {
    const [first] = this.#held
    if (first === undefined) return []
    if (first.entry.seq <= seq) this.#held.splice(0, seq - first.entry.seq + 1)
    return this.firstSeq === seq + 1 ? this.#held.slice(0, limit) : []
  }

  /** The number of the first event that is here; infinite when there is none. */
  get firstSeq(): number {
    return this.#held[0]?.entry.seq ?? Number.POSITIVE_INFINITY
  }
}
