import type { RunId } from '../base/ids.ts'
import { OrchdError } from '../base/errors.ts'
import type { Actor } from '../ports/actor.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { Committed } from '../ports/observer.ts'
import { ProcessExporter } from './exporter.ts'
import { exportRun } from './export-run.ts'
import { createOutbox, nothingSent, type OutboxCounts } from './outbox.ts'
import { Bell, pump } from './pump.ts'
import { RecentEvents } from './recent-events.ts'
import type { SpanRecord } from './span.ts'
import type { FolderOf } from './tool-spans.ts'
import { closeTracedRange, openTracedRange, sentCursor } from './traced-range.ts'

export type TelemetryOptions = {
  readonly journal: Journal
  readonly clock: Clock
  /** Where spans are posted, `/v1/traces` included; `null`: tracing is off. */
  readonly endpoint: string | null
  readonly headers?: { readonly [name: string]: string }
  readonly serviceVersion: string
  /** `service.instance.id`: the same for all holders of this state folder. */
  readonly instanceId?: string | null
  /** Where attempts left their files, with the tools that agents used. */
  readonly folderOf: FolderOf
  /** Takes secrets out of every text of a span. */
  readonly redact?: (text: string) => string
  /** Is told once when the receiver goes away, for the log: nothing is lost, and nobody need wait. */
  readonly warn?: (error: OrchdError) => void
  /** How long events gather after the first of them, before they are read. */
  readonly gatherMs?: number
  /** The wait after a failure; it doubles from the first to the second. */
  readonly backoffMs?: readonly [number, number]
  /** How long sending may go on once the holder stops. */
  readonly drainMs?: number
}

/** Spans of all runs, sent as the journal grows: an actor of the holder that nothing else waits for. */
export type Telemetry = Actor & {
  /** Hears that the journal has grown, and best with what. Returns at once. */
  wake(batch?: readonly Committed[]): void
  /**
   * Sends all spans that a run has so far, whether or not they were sent before, and tells how many.
   * @throws OrchdError TRACING_OFF, RUN_NOT_FOUND, COLLECTOR_UNREACHABLE
   */
  exportRun(runId: RunId): Promise<number>
  readonly stats: TelemetryStats
}

export type TelemetryStats = Readonly<OutboxCounts> & {
  /** Events that are written and not yet sent. */
  readonly lag: number
}

/**
 * Runs that are submitted once `run` was called are traced, or left out if tracing is off: it is called before the
 * first of them. Who only looks at a state folder does not call it.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { endpoint } = options
  return endpoint === null ? telemetryOff(options) : telemetryOn({ ...options, endpoint })
}

function telemetryOff({ journal }: TelemetryOptions): Telemetry {
  return {
    name: 'telemetry',
    stats: { ...nothingSent, lag: 0 },
    wake() {},
    async run() {
      closeTracedRange(journal)
    },
    async exportRun() {
      throw new OrchdError('TRACING_OFF', 'no receiver of traces is configured')
    },
  }
}

function telemetryOn(options: TelemetryOptions & { readonly endpoint: string }): Telemetry {
  const { journal, clock, folderOf, gatherMs = 500, backoffMs = [1000, 30_000], drainMs = 3000 } = options
  const redact = spanRedactor(options.redact)
  const exporter = new ProcessExporter({
    url: options.endpoint,
    headers: options.headers ?? {},
    serviceVersion: options.serviceVersion,
    instanceId: options.instanceId ?? null,
  })
  const onTrouble = (): void => {
    const message = `spans wait in the journal until the receiver takes them: ${counts.lastFailure}`
    options.warn?.(new OrchdError('COLLECTOR_UNREACHABLE', message))
  }
  const bell = new Bell()
  const recent = new RecentEvents()
  let counts: Readonly<OutboxCounts> = nothingSent

  return {
    name: 'telemetry',
    wake(batch = []) {
      recent.offer(batch)
      bell.ring()
    },
    get stats() {
      return { ...counts, lag: journal.lastSeq() - journal.cursor(sentCursor) }
    },
    async run(signal) {
      const outbox = createOutbox({
        journal,
        clock,
        exporter,
        range: openTracedRange(journal),
        recent,
        redact,
        folderOf,
      })
      counts = outbox.counts
      const halt = new AbortController()
      const timers: Timer[] = []
      const drain = (): void => {
        timers.push(clock.at(clock.now() + drainMs, () => halt.abort()))
      }
      halt.signal.addEventListener('abort', () => void exporter.close())
      if (signal.aborted) drain()
      else signal.addEventListener('abort', drain, { once: true })
      const pace = { gatherMs, backoffMs }
      await pump(
        { outbox, clock, bell, pace, onTrouble, onStir: () => exporter.warm(), onQuiet: () => flush(journal) },
        signal,
        halt.signal,
      )
      for (const timer of timers) timer.cancel()
      await exporter.close()
    },
    exportRun: (runId) => exportRun(runId, { journal, exporter, redact, folderOf }),
  }
}

/** Keeps the cursor on disk. When that fails, some spans are sent once more after a restart, and nothing else. */
function flush(journal: Journal): void {
  try {
    journal.flushCursors()
  } catch {
    // The engine meets the same trouble with its next commit, and tells.
  }
}

/** Takes secrets out of every text of a span that does not come from the plan's checked ids alone. */
function spanRedactor(redact: ((text: string) => string) | undefined): (span: SpanRecord) => SpanRecord {
  if (redact === undefined) return (span) => span
  return (span) => {
    const attributes = Object.entries(span.attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value) : value,
    ])
    const error = span.error === null ? null : { message: redact(span.error.message) }
    return { ...span, name: redact(span.name), attributes: Object.fromEntries(attributes), error }
  }
}
