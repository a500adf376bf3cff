import type { RunId } from '../../src/base/ids.ts'
import type { Committed } from '../../src/ports/observer.ts'
import type { JournalEvent, RunEvent } from '../../src/run/event.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'
import type { MemoryJournal } from './memory-store.ts'

/** Appends the events of a run to a journal, as the engine would. */
export function appendRun(journal: MemoryJournal, runId: RunId, events: readonly RunEvent[]): void {
  journal.append(events.map((event, index) => ({ seq: journal.lastSeq() + 1 + index, runId, event, row: null })))
}

/** What the engine tells its observers of these events. */
export function committedOf(entries: readonly JournalEvent[]): Committed[] {
  const runs = new Map<RunId, RunState>()
  return entries.map((entry) => {
    const before = runs.get(entry.runId) ?? null
    const after = reduce(before, entry)
    runs.set(entry.runId, after)
    return { entry, before, after }
  })
}
