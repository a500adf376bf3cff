import type { JournalEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'

/** A durable event, with the run before (`null` for the first) and after it. */
export type Committed = { readonly entry: JournalEvent; readonly before: RunState | null; readonly after: RunState }

/** Is told what was committed, in order, after it is durable. Must return at once and never throw. */
export type Observer = (batch: readonly Committed[]) => void
