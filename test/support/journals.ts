import type { RunId } from '../../src/base/ids.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { MemoryJournal } from './memory-store.ts'

/** Appends the events of a run to a journal, as the engine would. */
export function appendRun(journal: MemoryJournal, runId: RunId, events: readonly RunEvent[]): void {
  journal.append(events.map((event, index) => ({ seq: journal.lastSeq() + 1 + index, runId, event, row: null })))
}
