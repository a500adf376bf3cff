import type { Cause } from '../../base/cause.ts'

/** What agents write when they reach the end of a subscription or of prepaid money: waiting a minute does not help. */
const usageLimit = /usage limit|credit balance|quota|billing|insufficient_quota|out of credits|spending limit/i
const authentication =
  /invalid (?:api|x-api)[ -_]?key|authentication[ _](?:error|failed|required|fails)|(?:failed|could not|unable) to authenticate|not authenticated|unauthori[sz]ed|not logged in|please run \/login|oauth token (?:has )?expired|missing (?:bearer|api key)|permission_error/i
const overloaded = /overloaded|high demand|at capacity/i
const rateLimited = /rate[ _-]?limit|too many requests/i
const transient =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|socket hang up|fetch failed|stream (?:disconnected|closed|error)|connection (?:error|refused|reset|closed)|timed? ?out|internal server error|bad gateway|service unavailable|error sending request/i

/** The HTTP status that a message names: `API Error: 529 ...`, `last status: 429`, `(HTTP 401 ...)`, `rejected (429)`. */
const statusIn = /\b(?:status(?: code)?:?|HTTP(?:\/[\d.]+)?|API Error:?|rejected)\s*\(?(\d{3})\b/i

/**
 * Why an agent's service did not do it, by the HTTP status where one is known, else by the words.
 *
 * @returns `agent_error` when nothing better is known
 */
export function causeOf(status: number | null, text: string): Cause {
  if (usageLimit.test(text)) return 'usage_limit'
  const known = status ?? Number(statusIn.exec(text)?.[1] ?? 0)
  return causeOfStatus(known) ?? causeOfWords(text)
}

function causeOfStatus(status: number): Cause | null {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'usage_limit'
  if (status === 429) return 'rate_limited'
  if (status === 529 || status === 503) return 'overloaded'
  if (status === 408 || status >= 500) return 'transient'
  return status >= 400 ? 'agent_error' : null
}

function causeOfWords(text: string): Cause {
  if (authentication.test(text)) return 'auth'
  if (overloaded.test(text)) return 'overloaded'
  if (rateLimited.test(text)) return 'rate_limited'
  return transient.test(text) ? 'transient' : 'agent_error'
}
