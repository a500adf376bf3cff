import type { RunId } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { JournalEvent } from '../run/event.ts'
import { reduce } from '../run/reduce.ts'
import type { RunState } from '../run/state.ts'

/** How many steps, over all runs, are kept in memory: enough for a thousand runs of a common size. */
const maxStepsHeld = 20_000

export type RunFolds = {
  /**
   * The run before and after an event. Events of one run must come in order; what lies before the first is read from
   * the journal, so any run may be taken up in the middle of its life.
   */
  fold(entry: JournalEvent): { readonly before: RunState | null; readonly after: RunState }
  /** Takes over a state that somebody else has folded. */
  follow(run: RunState): void
}

/** The states of runs as far as their events were looked at. Finished ones are dropped, and the least used when there are many. */
export function createRunFolds(journal: Pick<Journal, 'eventsOf'>): RunFolds {
  const held = new Map<RunId, RunState>() // the least used first
  let stepsHeld = 0

  const drop = (run: RunState): void => {
    if (held.delete(run.id)) stepsHeld -= run.steps.length
  }

  const keep = (run: RunState): void => {
    held.set(run.id, run)
    stepsHeld += run.steps.length
    for (const least of held.values()) {
      if (stepsHeld <= maxStepsHeld || least === run) return
      drop(least)
    }
  }

  const earlier = ({ runId, seq }: JournalEvent): RunState | null => {
    let run: RunState | null = null
    for (const entry of journal.eventsOf(runId)) {
      if (entry.seq >= seq) break
      run = reduce(run, entry)
    }
    return run
  }

  const follow = (run: RunState): void => {
    const known = held.get(run.id)
    if (known !== undefined) drop(known)
    if (run.phase !== 'finished') keep(run)
  }

  return {
    follow,
    fold(entry) {
      const before = held.get(entry.runId) ?? (entry.event.type === 'run_submitted' ? null : earlier(entry))
      const after = reduce(before, entry)
      follow(after)
      return { before, after }
    },
  }
}
