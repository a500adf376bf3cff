/** A span as it came over the wire, read strictly: what OTLP's JSON form does not allow is a thrown error. */
export type ReceivedSpan = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: number
  /** Milliseconds since 1970. */
  readonly startAt: number
  readonly endAt: number
  readonly attributes: { readonly [name: string]: string | number | boolean }
  readonly links: readonly { readonly spanId: string; readonly type: string }[]
  readonly droppedLinks: number
  readonly error: { readonly message: string } | null
  readonly resource: { readonly [name: string]: string | number | boolean }
  /** The span and its resource, as text. */
  readonly bytes: string
}

type Fields = { readonly [name: string]: unknown }

/** The spans of an `ExportTraceServiceRequest`. @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function spansIn(request: unknown): ReceivedSpan[] {
  return list(fields(request), 'resourceSpans').flatMap((resourceSpans) => {
    const resource = fields(fields(resourceSpans)['resource'])
    return list(fields(resourceSpans), 'scopeSpans').flatMap((scopeSpans) =>
      list(fields(scopeSpans), 'spans').map((span) => spanOf(fields(span), resource)),
    )
  })
}

/** Parents and links must lead to spans that are there, and each trace must have one root that encloses all. */
export function findProblems(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]))
  const problems: string[] = []
  for (const span of spans) {
    const where = `"${span.name}" ${span.spanId}`
    if (span.parentSpanId !== null) {
      const parent = byId.get(`${span.traceId}/${span.parentSpanId}`)
      if (parent === undefined) problems.push(`${where}: its parent did not come`)
      else if (span.startAt < parent.startAt || span.endAt > parent.endAt) problems.push(`${where}: outside its parent`)
    }
    for (const link of span.links) {
      if (!byId.has(`${span.traceId}/${link.spanId}`)) problems.push(`${where}: what it links to did not come`)
    }
  }
  const roots = spans.filter((span) => span.parentSpanId === null).map((span) => span.traceId)
  if (new Set(roots).size !== roots.length) problems.push('a trace has two roots')
  return problems
}

function spanOf(span: Fields, resource: Fields): ReceivedSpan {
  const [startAt, endAt] = [millis(span, 'startTimeUnixNano'), millis(span, 'endTimeUnixNano')]
  if (endAt < startAt) throw new Error(`the span ends before it begins: ${JSON.stringify(span)}`)
  const status = fields(span['status'] ?? {})
  const code = status['code'] ?? 0
  if (code !== 0 && code !== 2) throw new Error(`a status of ${JSON.stringify(code)}: unset or error was expected`)
  return {
    traceId: id(span, 'traceId', 32),
    spanId: id(span, 'spanId', 16),
    parentSpanId: (span['parentSpanId'] ?? '') === '' ? null : id(span, 'parentSpanId', 16),
    name: string(span, 'name'),
    kind: Number(span['kind']),
    startAt,
    endAt,
    attributes: attributes(span),
    links: list(span, 'links').map((link) => {
      if (id(fields(link), 'traceId', 32) !== span['traceId']) throw new Error('a link leads to another trace')
      return { spanId: id(fields(link), 'spanId', 16), type: String(attributes(fields(link))['orchd.link.type']) }
    }),
    droppedLinks: Number(span['droppedLinksCount'] ?? 0),
    error: code === 2 ? { message: string(status, 'message') } : null,
    resource: attributes(resource),
    bytes: JSON.stringify([resource, span]),
  }
}

function attributes(owner: Fields): Record<string, string | number | boolean> {
  const found: Record<string, string | number | boolean> = {}
  for (const attribute of list(owner, 'attributes').map(fields)) {
    const name = string(attribute, 'key')
    const [entry, ...more] = Object.entries(fields(attribute['value']))
    if (name in found || entry === undefined || more.length > 0) throw new Error(`attribute "${name}" is malformed`)
    found[name] = scalar(...entry)
  }
  return found
}

function scalar(kind: string, value: unknown): string | number | boolean {
  if (kind === 'stringValue' && typeof value === 'string') return value
  if (kind === 'boolValue' && typeof value === 'boolean') return value
  if ((kind === 'intValue' || kind === 'doubleValue') && typeof value === 'number') return value
  if (kind === 'intValue' && typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value)
  // Lists come from spans that are not ours.
  if (kind === 'arrayValue') return JSON.stringify(value)
  throw new Error(`a value of kind ${kind}: ${JSON.stringify(value)}`)
}

function id(owner: Fields, name: string, length: number): string {
  const value = string(owner, name)
  if (!new RegExp(`^[0-9a-f]{${length}}$`).test(value) || /^0+$/.test(value)) throw new Error(`${name} is "${value}"`)
  return value
}

function millis(owner: Fields, name: string): number {
  const value = string(owner, name)
  if (!/^\d{1,19}$/.test(value)) throw new Error(`${name} is "${value}"`)
  return Number(BigInt(value) / 1_000_000n)
}

function string(owner: Fields, name: string): string {
  const value = owner[name]
  if (typeof value !== 'string' || value === '') throw new Error(`${name} of ${JSON.stringify(owner)} is no text`)
  return value
}

function list(owner: Fields, name: string): readonly unknown[] {
  const value = owner[name] ?? []
  if (!Array.isArray(value)) throw new Error(`${name} is no list`)
  return value
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new Error(`${JSON.stringify(value)} is no object`)
  return { ...value }
}
