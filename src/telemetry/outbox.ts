import type { Clock } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { Committed } from '../ports/observer.ts'
import type { Exporter } from './exporter.ts'
import type { RecentEvents } from './recent-events.ts'
import { createRunFolds } from './run-folds.ts'
import type { SpanRecord } from './span.ts'
import { spansOf } from './spans.ts'
import { type FolderOf, toolSpans } from './tool-spans.ts'
import type { TracedRange } from './traced-range.ts'

/** Spans in one request: far below the 2,048 at which the SDK's queue drops what comes. */
export const portionSize = 512
/** Events that are looked at in one go, so that the engine's loop never waits for long. */
const pageSize = 64
/** How often a single span may be refused as malformed before it is given up, and the rest goes on. */
const maxRefusals = 10

export type OutboxCounts = {
  /** Spans that the receiver took. */
  exported: number
  /** Spans that the receiver threw away, or will never take. */
  rejected: number
  /** Portions that did not arrive, and were or will be sent again. */
  failures: number
  /** Events that could not be folded: spans of their runs may be missing. */
  unreadable: number
  lastFailure: string | null
}

export const nothingSent: Readonly<OutboxCounts> = {
  exported: 0,
  rejected: 0,
  failures: 0,
  unreadable: 0,
  lastFailure: null,
}

export type Outbox = {
  /**
   * Sends the next portion of what the journal has. `idle`: there is nothing more. `failed`: it is kept and comes
   * first the next time. `halt` ends it early, before more of the journal is read.
   */
  advance(halt: AbortSignal): Promise<'idle' | 'sent' | 'failed'>
  readonly counts: Readonly<OutboxCounts>
}

/** An event, with the states of its run if somebody has folded it. */
type Unfolded = Pick<Committed, 'entry'> & Partial<Committed>

type Parts = {
  readonly journal: Journal
  readonly clock: Clock
  readonly exporter: Exporter
  readonly range: TracedRange
  readonly recent: RecentEvents
  readonly redact: (span: SpanRecord) => SpanRecord
  readonly folderOf: FolderOf
}

/**
 * What stands between the journal and the receiver: the events behind the cursor, read again after a crash. At most
 * one portion is in memory. The cursor moves when the receiver has taken all spans up to an event, so each span
 * arrives at least once.
 */
export function createOutbox({ journal, clock, exporter, range, recent, redact, folderOf }: Parts): Outbox {
  const folds = createRunFolds(journal)
  const counts: OutboxCounts = { ...nothingSent }
  let waiting: readonly SpanRecord[] = []
  let readUpTo = range.sentUpTo()
  let size = portionSize
  let refusals = 0

  /** The next events: from memory when they are there, else from the journal up to those that are. */
  const nextPage = (): readonly Unfolded[] => {
    const known = recent.after(readUpTo, pageSize)
    if (known.length > 0) return known
    const limit = Math.min(pageSize, recent.firstSeq - readUpTo - 1)
    return journal.eventsAfter(readUpTo, limit).map((entry) => ({ entry }))
  }

  const folded = ({ entry, before, after }: Unfolded): Pick<Committed, 'before' | 'after'> => {
    if (before === undefined || after === undefined) return folds.fold(entry)
    folds.follow(after)
    return { before, after }
  }

  const spansFor = (event: Unfolded): readonly SpanRecord[] => {
    try {
      const { before, after } = folded(event)
      return [...spansOf(before, event.entry, after), ...toolSpans(before, event.entry, after, folderOf)].map(redact)
    } catch {
      counts.unreadable++ // the engine tells of a broken journal; tracing must neither end the holder nor stand still
      return []
    }
  }

  const gather = async (halt: AbortSignal): Promise<void> => {
    const spans: SpanRecord[] = []
    while (!halt.aborted) {
      const page = nextPage()
      for (const event of page) {
        readUpTo = event.entry.seq
        if (range.includes(event.entry)) spans.push(...spansFor(event))
        if (spans.length >= portionSize) break
      }
      if (page.length === 0 || spans.length >= portionSize) break
      await new Promise<void>((resolve) => clock.soon(resolve))
    }
    waiting = spans
  }

  const failed = (reason: string): 'failed' => {
    counts.failures++
    counts.lastFailure = reason
    return 'failed'
  }

  /** Halves what the receiver refuses, until the span that is at fault stands alone; at last gives that one up. */
  const refused = (sent: number): void => {
    if (sent > 1) size = Math.ceil(sent / 2)
    else if (++refusals >= maxRefusals) {
      refusals = 0
      counts.rejected++
      waiting = waiting.slice(1)
    }
  }

  return {
    counts,
    async advance(halt) {
      try {
        if (waiting.length === 0) await gather(halt)
      } catch (error) {
        return failed(String(error)) // the journal could not be read
      }
      const part = waiting.slice(0, size)
      if (part.length > 0) {
        const result = await exporter.send(part)
        if (!result.accepted) {
          if (result.refused) refused(part.length)
          return failed(result.reason)
        }
        counts.exported += part.length - result.rejected
        counts.rejected += result.rejected
        waiting = waiting.slice(part.length)
        size = Math.min(portionSize, size * 2)
        refusals = 0
      }
      if (waiting.length === 0 && readUpTo > range.sentUpTo()) range.markSent(readUpTo)
      return part.length === 0 ? 'idle' : 'sent'
    },
  }
}
