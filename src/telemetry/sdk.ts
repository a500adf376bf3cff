import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type HrTime,
  type Tracer,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { AlwaysOnSampler, BatchSpanProcessor, type IdGenerator } from '@opentelemetry/sdk-trace'
import { own } from './conventions.ts'
import { maxAttributes, maxLinks, maxValueLength, type SpanRecord } from './span.ts'
import type { ExporterSettings, SendResult } from './exporter.ts'
import { reasonOf, Requests } from './requests.ts'
import { WatchedExporter } from './watched-exporter.ts'

/** More than any portion, so that the processor never sends by itself and each failure is seen. */
const batchSize = 2048

/**
 * The OpenTelemetry SDK, fed with spans that are over. Loaded in a process of its own (`export-process.ts`), and made for
 * one call at a time.
 */
export function startSdk(settings: ExporterSettings): (spans: readonly SpanRecord[]) => Promise<SendResult> {
  const ids = new GivenIds()
  const requests = new Requests()
  const watched = new WatchedExporter(
    new OTLPTraceExporter({ url: settings.url, headers: () => requests.next(settings.headers) }),
  )
  const processor = new BatchSpanProcessor({
    exporter: watched,
    maxExportBatchSize: batchSize,
    maxQueueSize: batchSize,
  })
  const sdk = new NodeSDK({
    idGenerator: ids,
    autoDetectResources: false, // it would add the command line and the user's name to every batch
    resource: defaultResource()
      .merge(resourceFromAttributes(serviceOf(settings)))
      .merge(detectResources({ detectors: [envDetector] })), // OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES
    sampler: new AlwaysOnSampler(), // a sampled run would have children without a root: sample in the collector
    spanLimits: {
      attributeCountLimit: maxAttributes,
      attributeValueLengthLimit: maxValueLength,
      linkCountLimit: maxLinks,
    },
    spanProcessors: [processor],
    metricReaders: [],
    logRecordProcessors: [],
    textMapPropagator: null,
  })
  // Behind the constructor, which would set one that prints to stdout.
  diag.setLogger(watched.diagnostics, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  sdk.start()
  const tracer = trace.getTracer('orchd', settings.serviceVersion)

  let former: Promise<unknown> = Promise.resolve()
  return async (spans) => {
    await former // what is left of a send that failed early, so that its requests are not taken for ours
    const failed = requests.begin()
    watched.begin()
    for (const span of spans) emit(tracer, ids, span)
    const flushed = processor.forceFlush().then(
      () => watched.result(spans.length),
      (error: unknown): SendResult => ({ accepted: false, refused: false, reason: reasonOf(error) }),
    )
    former = flushed
    return Promise.race([flushed, failed])
  }
}

function emit(tracer: Tracer, ids: GivenIds, span: SpanRecord): void {
  const { traceId } = span
  ids.next(traceId, span.spanId)
  const parent =
    span.parentSpanId === null
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: span.parentSpanId, traceFlags: TraceFlags.SAMPLED })
  const options = {
    kind: span.kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
    startTime: hrTime(span.startAt),
    attributes: span.attributes,
    links: span.links.map(({ spanId, type }) => ({
      context: { traceId, spanId, traceFlags: TraceFlags.SAMPLED },
      attributes: { [own.linkType]: type },
    })),
  }
  const made = tracer.startSpan(span.name, options, parent)
  if (span.error !== null) made.setStatus({ code: SpanStatusCode.ERROR, message: span.error.message })
  made.end(endTime(span))
}

/** Not milliseconds: the SDK takes a small number for the time since the process began. */
const hrTime = (at: number): HrTime => [Math.floor(at / 1000), Math.round((at % 1000) * 1_000_000)]

/** A span without length gets a nanosecond: Jaeger takes none for a broken clock, and warns of it. */
function endTime({ startAt, endAt }: SpanRecord): HrTime {
  const [seconds, nanos] = hrTime(endAt)
  return endAt > startAt ? [seconds, nanos] : [seconds, nanos + 1]
}

function serviceOf({ serviceVersion, instanceId }: ExporterSettings): Record<string, string> {
  const service = { 'service.name': 'orchd', 'service.version': serviceVersion }
  return instanceId === null ? service : { ...service, 'service.instance.id': instanceId }
}

/** Hands the SDK the ids that a span has already. */
class GivenIds implements IdGenerator {
  #traceId = ''
  #spanId = ''

  next(traceId: string, spanId: string): void {
    this.#traceId = traceId
    this.#spanId = spanId
  }
  generateTraceId(): string {
    return this.#traceId
  }
  generateSpanId(): string {
    return this.#spanId
  }
}
