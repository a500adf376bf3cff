import type { JournalEvent } from '../../src/run/event.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'
import { createClock } from '../../src/engine/clock.ts'
import type { SpanRecord } from '../../src/telemetry/span.ts'
import { spansOf } from '../../src/telemetry/spans.ts'
import { createTelemetry, type Telemetry, type TelemetryOptions } from '../../src/telemetry/telemetry.ts'
import type { MemoryJournal } from './memory-store.ts'

/** Telemetry of a holder that starts now, with waits that suit a test. `stop` ends it as a drain does. */
export class RunningTelemetry implements AsyncDisposable {
  readonly telemetry: Telemetry
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor(journal: MemoryJournal, endpoint: string | null, more: Partial<TelemetryOptions> = {}) {
    this.telemetry = createTelemetry({
      journal,
      clock: createClock(),
      endpoint,
      serviceVersion: '0.0.0-test',
      gatherMs: 1,
      backoffMs: [10, 100],
      folderOf: () => '/nowhere',
      ...more,
    })
    this.#ended = this.telemetry.run(this.#stop.signal)
  }

  stop(): Promise<void> {
    this.#stop.abort()
    return this.#ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** The spans that the events of one run give. */
export function spansOfAll(entries: readonly JournalEvent[]): SpanRecord[] {
  let run: RunState | null = null
  return entries.flatMap((entry) => {
    const before: RunState | null = run
    const after = reduce(before, entry)
    run = after
    return spansOf(before, entry, after)
  })
}
