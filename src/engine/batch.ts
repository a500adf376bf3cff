import type { RunId } from '../base/ids.ts'
import type { NewEvent, RunRow } from '../ports/journal.ts'
import type { Committed } from '../ports/observer.ts'
import type { RunEvent } from '../run/event.ts'
import { reduce } from '../run/reduce.ts'
import type { RunState } from '../run/state.ts'

/**
 * What one commit will hold: events in order, and the runs as they will be. Until the commit nobody sees it, so a
 * commit that fails leaves the engine as it was.
 */
export class Batch {
  readonly committed: Committed[] = []
  readonly entries: NewEvent[] = []
  readonly #changed = new Map<RunId, RunState>()
  readonly #revived = new Map<RunId, RunState>()
  readonly #base: (id: RunId) => RunState | undefined
  readonly #keyOf: (id: RunId) => string | null
  #seq: number

  constructor(lastSeq: number, base: (id: RunId) => RunState | undefined, keyOf: (id: RunId) => string | null) {
    this.#seq = lastSeq
    this.#base = base
    this.#keyOf = keyOf
  }

  get(id: RunId): RunState | undefined {
    return this.#changed.get(id) ?? this.#base(id) ?? this.#revived.get(id)
  }

  /** Takes a run up again that was over. */
  revive(run: RunState): void {
    this.#revived.set(run.id, run)
  }

  /** The runs that have events in this batch. */
  get changed(): ReadonlyMap<RunId, RunState> {
    return this.#changed
  }

  add(id: RunId, event: RunEvent): RunState {
    const before = this.get(id) ?? null
    const entry = { seq: ++this.#seq, runId: id, event }
    const after = reduce(before, entry)
    const turns = (after.phase === 'finished') !== (before?.phase === 'finished')
    this.entries.push({ ...entry, row: before === null || turns ? rowOf(after, this.#keyOf(id)) : null })
    this.committed.push({ entry, before, after })
    this.#changed.set(id, after)
    return after
  }
}

const rowOf = (run: RunState, key: string | null): RunRow => ({
  runId: run.id,
  plan: run.plan.name,
  submittedAt: run.submittedAt,
  finishedAt: run.finishedAt,
  outcome: run.outcome,
  key,
})
