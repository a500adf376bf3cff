import type { Journal, NewEvent } from '../ports/journal.ts'
import { isOutOfSpace } from './sqlite/explained.ts'

/** For how long no commit has worked, and whether all that is missing is space. */
export type FailingCommits = { readonly forMs: number; readonly isFull: boolean }

/** A cursor that is only written to find out whether anything can be. */
const probe = 'probe'

/** The journal as the loop writes it, with an eye on whether that works. */
export class Commits {
  readonly #journal: Journal
  #failsSince: number | null = null

  constructor(journal: Journal) {
    this.#journal = journal
  }

  append(events: readonly NewEvent[]): void {
    this.#watched(() => this.#journal.append(events))
  }

  /** `null` when commits work. After one that failed it tries one: there may be nothing else to write for a long while. */
  failing(): FailingCommits | null {
    if (this.#failsSince === null) return null
    const since = this.#failsSince
    try {
      this.#watched(() => {
        this.#journal.saveCursor(probe, this.#journal.cursor(probe) + 1)
        this.#journal.flushCursors()
      })
      return null
    } catch (error) {
      return { forMs: performance.now() - since, isFull: isOutOfSpace(error) }
    }
  }

  #watched(commit: () => void): void {
    try {
      commit()
      this.#failsSince = null
    } catch (error) {
      this.#failsSince ??= performance.now()
      throw error
    }
  }
}
