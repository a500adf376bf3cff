import type { OrchdError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { createRedactor } from '../base/redact.ts'
import type { Config } from '../config/config.ts'
import { attemptFolder } from '../engine/attempts.ts'
import type { Holder } from './holder.ts'
import type { TraceInfo } from '../ports/client.ts'
import { traceIdOf, traceUrlOf } from '../telemetry/ids.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'

export type Tracing = {
  readonly trace: (runId: RunId, options: { readonly export: boolean }) => Promise<TraceInfo>
  /** Sends what is left, for a short while. */
  readonly close: () => Promise<void>
}

type TracingOptions = {
  readonly stateFolder: string
  readonly config: Config
  readonly version: string
  readonly readOnly: boolean
  readonly warn: (error: OrchdError) => void
}

/**
 * Starts the actor that sends spans. Nothing waits for it, and the SDK is loaded only when there is something to send.
 * Who only looks (`readOnly`) can still send a run again.
 */
export function startTracing(holder: Holder, options: TracingOptions): Tracing {
  const { stateFolder, config, version, readOnly, warn } = options
  const { journal, clock, engine, secretValues } = holder
  const { enabled, tracesUrl, headers, jaegerUrl } = config.telemetry
  const redactor = createRedactor(secretValues)
  const telemetry = createTelemetry({
    journal,
    clock,
    endpoint: enabled ? tracesUrl : null,
    headers,
    serviceVersion: version,
    folderOf: (runId, step, attempt) => attemptFolder(stateFolder, { runId, step, attempt }),
    redact: (text) => redactor.text(text),
    warn,
  })
  const stop = new AbortController()
  const unsubscribe = engine.observe((batch) => telemetry.wake(batch))
  const running = readOnly ? Promise.resolve() : telemetry.run(stop.signal)
  return {
    trace: async (runId, wish) => ({
      trace_id: traceIdOf(runId),
      url: traceUrlOf(jaegerUrl, runId),
      exported: wish.export ? await telemetry.exportRun(runId) : null,
    }),
    close: async () => {
      unsubscribe()
      stop.abort()
      await running
    },
  }
}
