import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { SendResult } from './exporter.ts'

/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`, which is not worth a dependency. */
const success = 0

/** Sees what becomes of each export: how many spans were taken, and how many of these the receiver threw away. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  #accepted = 0
  #rejected = 0

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter
  }

  begin(): void {
    this.#accepted = 0
    this.#rejected = 0
  }

  result(sent: number): SendResult {
    if (this.#accepted === sent) return { accepted: true, rejected: this.#rejected }
    return { accepted: false, refused: false, reason: `${this.#accepted} of ${sent} spans left the SDK` }
  }

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.#exporter.export(spans, (result) => {
      const code: number = result.code
      if (code === success) this.#accepted += spans.length
      done(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  /** The exporter tells of a partial success only here. */
  readonly diagnostics = {
    error: () => {},
    info: () => {},
    debug: () => {},
    verbose: () => {},
    warn: (message: string, ...details: unknown[]) => {
      if (message.startsWith('Received Partial Success')) this.#rejected += rejectedSpans(details[0])
    },
  }
}

function rejectedSpans(detail: unknown): number {
  const found = /"rejectedSpans":\s*"?(\d+)/.exec(String(detail))
  return found === null ? 0 : Number(found[1])
}
