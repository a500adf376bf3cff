import type { Instant, RunId } from '../base/ids.ts'
import type { Outcome } from '../base/cause.ts'
import type { JournalEvent } from '../run/event.ts'

/**
 * The ordered, durable store of events. One writer. Synchronous, because a commit is the one thing that the engine's
 * loop waits for: nothing is acknowledged or started before it.
 */
export type Journal = {
  /**
   * Appends all in one transaction and makes them durable before it returns.
   * @throws OrchdError DISK_FULL when nothing was written for lack of space
   */
  append(events: readonly NewEvent[]): void
  /** The number of the last event; the next one gets one more. */
  lastSeq(): number
  /** The events of one run behind `afterSeq` (default: all), in order, at most `limit` (default: all). @throws OrchdError STATE_CORRUPT when a row does not match its checksum */
  eventsOf(runId: RunId, afterSeq?: number, limit?: number): readonly JournalEvent[]
  /** Events after `seq`, oldest first, at most `limit`. */
  eventsAfter(seq: number, limit: number): readonly JournalEvent[]
  /** How attempts ended (`attempt_finished`, `attempt_lost`), the newest first. */
  attemptsEnded(): Iterable<JournalEvent>
  /** The runs that are not finished, oldest first. */
  unfinishedRuns(): readonly RunId[]
  /** The newest run that was submitted under this idempotency key. */
  runByKey(key: string): RunRow | undefined
  /** The newest runs first. */
  runs(limit: number): readonly RunRow[]
  /** Runs whose id begins with `prefix`, at most `limit`. */
  runsLike(prefix: string, limit: number): readonly RunRow[]
  /** A named number that survives restarts (`telemetry`: the last exported seq); 0 when never set. */
  cursor(name: string): number
  /** Durable with the next commit at the latest; losing it costs a repeat, never a gap. */
  saveCursor(name: string, value: number): void
  /** Writes saved cursors now, when no commit is to be expected soon. */
  flushCursors(): void
}

/** An event to be appended; `seq` is the one after the last. */
export type NewEvent = JournalEvent & {
  /** The run's row for listings, when the event creates or ends the run; else `null`. */
  readonly row: RunRow | null
}

/** What listings show of a run without folding its events. `finishedAt` null: it is not finished. */
export type RunRow = {
  readonly runId: RunId
  readonly plan: string
  readonly submittedAt: Instant
  readonly finishedAt: Instant | null
  readonly outcome: Outcome | null
  readonly key: string | null
}
