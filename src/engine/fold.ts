import type { RunId } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import { reduce } from '../run/reduce.ts'
import type { RunState } from '../run/state.ts'

/** The state of a run from its events; `undefined` when there are none. */
export function fold(journal: Pick<Journal, 'eventsOf'>, id: RunId): RunState | undefined {
  let run: RunState | null = null
  for (const entry of journal.eventsOf(id)) run = reduce(run, entry)
  return run ?? undefined
}
