import { APIConnectionError, APIError } from 'openai'
import type { Cause } from '../../base/cause.ts'
import type { JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { objectAt, wordAt } from '../cli/json-line.ts'
import type { Finished } from '../events.ts'

/** Why there is no response. */
export type Failure = {
  readonly cause: Cause
  readonly text: string
  readonly status: number | null
  readonly mayRetry: boolean
  /** What the service asks for. */
  readonly retryAfterMs: number | null
}

const passing: ReadonlySet<Cause> = new Set(['transient', 'overloaded', 'rate_limited'])

/** What was thrown: the service refused, or the connection or the stream broke. */
export function failureOf(error: unknown): Failure {
  if (error instanceof APIConnectionError || !(error instanceof APIError)) {
    const text = `the connection to the service broke: ${reasons(error).join(': ')}`
    return { cause: 'transient', text, status: null, mayRetry: true, retryAfterMs: null }
  }
  const status: unknown = error.status
  const known = typeof status === 'number' ? status : null
  const words = [error.message, error.code, error.type].filter((word) => typeof word === 'string').join(' ')
  // A request that meets another one is to be sent again.
  const cause = known === 409 ? 'transient' : causeOf(known, words)
  const headers: unknown = error.headers
  const retryAfterMs = headers instanceof Headers ? retryAfter(headers) : null
  return { cause, text: error.message, status: known, mayRetry: passing.has(cause), retryAfterMs }
}

/** A response that is there, and failed. */
export function failedResponse(response: JsonObject): Failure {
  const error = objectAt(response, 'error')
  const [code, message] = [wordAt(error, 'code'), wordAt(error, 'message')]
  const cause = code === 'server_error' ? 'transient' : causeOf(null, `${code.replaceAll('_', ' ')} ${message}`)
  const text = [code, message].filter((part) => part !== '').join(': ') || 'the response failed without a reason'
  return { cause, text, status: null, mayRetry: passing.has(cause), retryAfterMs: null }
}

export const brokenOff = (text: string): Failure => ({
  cause: 'transient',
  text,
  status: null,
  mayRetry: true,
  retryAfterMs: null,
})

export const failed = (cause: Cause, text: string, retryAfterMs: number | null = null): Finished => ({
  type: 'finished',
  outcome: 'failure',
  cause,
  text,
  answer: null,
  ...(retryAfterMs === null ? {} : { retryAt: Date.now() + Math.round(retryAfterMs) }),
})

/** The message of an error and of those behind it, which tell what the network did. */
function reasons(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  return [error.message, ...(error.cause === undefined ? [] : reasons(error.cause))].filter((text) => text !== '')
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfter(headers: Headers): number | null {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  if (Number.isFinite(ms)) return Math.max(0, ms)
  const given = headers.get('retry-after') ?? ''
  const seconds = Number.parseFloat(given)
  const until = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(given) - Date.now()
  return Number.isFinite(until) ? Math.max(0, until) : null
}
