import { liveLevelIn } from '../run/find.ts'
import type { JournalEvent } from '../run/event.ts'
import type { RunState, StepState } from '../run/state.ts'
import { attemptSpan, neverStartedSpan, queueSpan } from './attempt-spans.ts'
import { gateMarker, gateSpan } from './gate-spans.ts'
import { openSpan } from './open-spans.ts'
import { runMarker, runSpan } from './run-spans.ts'
import type { SpanRecord } from './span.ts'

/**
 * The spans that are complete with this event, which took the run from `before` (`null`: its first event) to `after`.
 *
 * A span is made when all of it is known, with the times that the journal has: nothing is held open for a gate that
 * waits for days. Only markers, which have no length, are made when something begins. Pure: the same events give the
 * same spans, whoever folds them and whenever.
 */
export function spansOf(before: RunState | null, entry: JournalEvent, after: RunState): readonly SpanRecord[] {
  const spans: SpanRecord[] = []
  if (before === null || after.retries > before.retries) spans.push(runMarker(after))
  for (const index of after.changed) {
    const was = before !== null && index < before.states.length ? before.states.get(index) : null
    const span = was === null ? null : stepSpan(after, index, was, entry)
    if (span !== null) spans.push(span)
    const is = after.states.get(index)
    if (was?.status === 'running' && is.status === 'gated') spans.push(gateMarker(after, index, is))
  }
  if (before?.phase !== 'finished' && after.phase === 'finished') spans.push(runSpan(after))
  return spans
}

/** A step goes through one change an event, and no change completes more than one span; a marker may be beside it. */
function stepSpan(run: RunState, index: number, was: StepState, { event }: JournalEvent): SpanRecord | null {
  const is = run.states.get(index)
  if (was === is) return null
  if (was.status === 'running') return is.status === 'running' ? null : attemptSpan(run, index, was, event)
  if (was.status === 'gated') return gateSpan(run, index, was, event)
  if (was.status === 'open' || was.status === 'to_close') {
    const opened = { since: was.since, openings: was.past.openings }
    return is.status === 'open' || is.status === 'to_close' ? null : openSpan(run, index, opened, event)
  }
  if (is.status === 'finished' && was.status !== 'finished' && liveLevelIn(run, index) !== undefined) {
    // Everything in it was over at once.
    return openSpan(run, index, { since: event.at, openings: is.past.openings }, event)
  }
  if (is.status === 'running') return queueSpan(run, index, is)
  if (is.status === 'gated') return gateMarker(run, index, is)
  if (is.status !== 'finished' || is.outcome === 'skip' || is.past.tries > 0) return null
  return neverStartedSpan(run, index, is)
}
