import type { RunId } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { JournalEvent } from '../run/event.ts'

/** The last event whose spans were taken by the receiver. */
export const sentCursor = 'telemetry'
/** The first event that was written with tracing off; 0: there is none. */
const offCursor = 'telemetry_off'
/** The first event that was written with tracing on again; 0 while it is off. */
const onCursor = 'telemetry_on'

/** How many runs are remembered as inside or outside of the range. */
const maxRunsKnown = 10_000

/**
 * Which events are still to be sent. A run that was submitted with tracing on is sent as a whole, however long the
 * receiver is away and whoever holds the state folder meanwhile. A run that was submitted with tracing off is left
 * out, so that switching tracing on does not send a year of history. Of several such times the last is known: in doubt
 * a run is sent rather than lost.
 */
export type TracedRange = {
  /** The event behind which to go on. */
  sentUpTo(): number
  includes(entry: JournalEvent): boolean
  markSent(seq: number): void
}

/** Tracing is on from here. */
export function openTracedRange(journal: Journal): TracedRange {
  const off = journal.cursor(offCursor)
  if (isOff(journal)) journal.saveCursor(onCursor, journal.lastSeq() + 1)
  const on = journal.cursor(onCursor)
  const known = new Map<RunId, boolean>()

  const isIncluded = ({ event, runId, seq }: JournalEvent): boolean => {
    const submitted = event.type === 'run_submitted' ? seq : (journal.eventsOf(runId)[0]?.seq ?? seq)
    return submitted < off || submitted >= on
  }

  return {
    sentUpTo: () => journal.cursor(sentCursor),
    includes(entry) {
      if (entry.seq < off || off === 0) return true
      let included = known.get(entry.runId)
      if (included === undefined) {
        included = isIncluded(entry)
        if (known.size >= maxRunsKnown) known.clear()
        known.set(entry.runId, included)
      }
      return included
    },
    markSent: (seq) => journal.saveCursor(sentCursor, seq),
  }
}

/** Tracing is off from here. */
export function closeTracedRange(journal: Journal): void {
  if (isOff(journal)) return
  journal.saveCursor(offCursor, journal.lastSeq() + 1)
  journal.saveCursor(onCursor, 0)
}

const isOff = (journal: Journal): boolean => journal.cursor(offCursor) > 0 && journal.cursor(onCursor) === 0
