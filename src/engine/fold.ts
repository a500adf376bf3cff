import type { RunId } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import { reduce } from '../run/reduce.ts'
import type { RunState } from '../run/state.ts'

/** So many events are in memory at a time: with all of a long run, more time goes into collecting garbage than into folding. */
const pageSize = 256

/** The state of a run from its events; `undefined` when there are none. */
export function fold(journal: Pick<Journal, 'eventsOf'>, id: RunId): RunState | undefined {
  let run: RunState | null = null
  for (let after = 0; ;) {
    const page = journal.eventsOf(id, after, pageSize)
    for (const entry of page) run = reduce(run, entry)
    if (page.length < pageSize) return run ?? undefined
    after = page.at(-1)!.seq // the page is not empty
  }
}
