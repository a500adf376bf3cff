import type { Cause, Outcome } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'

/**
 * One finished span, as plain data that can cross to another process. It holds only what the journal says, never the
 * time of sending or a process id: a span that is sent again must be equal byte by byte, which is how Jaeger
 * recognises the copy.
 */
export type SpanRecord = {
  readonly traceId: string
  readonly spanId: string
  /** `null` for the span of the run. */
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: 'server' | 'internal'
  readonly startAt: Instant
  /** Never before `startAt`. */
  readonly endAt: Instant
  readonly attributes: Attributes
  readonly links: readonly SpanLink[]
  /** Set: the span's status is Error. A success leaves the status unset. */
  readonly error: { readonly message: string } | null
}

export type Attributes = { readonly [name: string]: string | number | boolean }

/** A link to another span of the same trace. */
export type SpanLink = { readonly spanId: string; readonly type: 'depends_on' | 'retry_of' }

export const maxMessageLength = 512
/** Also the SDK's limits for a span (observability decision A6). */
export const maxAttributes = 64
export const maxValueLength = 2048
export const maxLinks = 128
const maxNameLength = 200

/** The attributes that have a value; strings within their limit. */
export function attributes(values: { readonly [name: string]: string | number | boolean | null }): Attributes {
  const kept: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) kept[name] = typeof value === 'string' ? clipped(value, maxValueLength) : value
  }
  return kept
}

export const spanName = (text: string): string => clipped(text, maxNameLength)

/** The error of a span that did not end in success; `message` is for people and may be absent. */
export function errorOf(outcome: Outcome, cause: Cause | null, message: string | null): SpanRecord['error'] {
  return outcome === 'success' ? null : { message: clipped(message ?? cause ?? outcome, maxMessageLength) }
}

/** A receiver may refuse a whole batch for half a character, so a cut never leaves one. */
function clipped(text: string, length: number): string {
  return (text.length > length ? text.slice(0, length) : text).toWellFormed()
}
