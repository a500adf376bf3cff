import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { AttemptResult } from './attempt-result.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const units: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs }

/** What keeps a credential from being used for a time, or, with `auth`, until a person has seen to it. */
export const quotaCauses = ['usage_limit', 'rate_limited', 'overloaded', 'auth'] as const
export type QuotaCause = (typeof quotaCauses)[number]

export const isQuotaCause = (cause: Cause | null): cause is QuotaCause => quotaCauses.some((one) => one === cause)

/** Where the agent does not say when to come again. */
const usualMs = { usage_limit: 30 * minuteMs, rate_limited: minuteMs, overloaded: 10 * secondMs } as const

const longestMs = 7 * 24 * 60 * minuteMs
const longestOverloadMs = 5 * minuteMs

/**
 * Until when nobody should use the credential of an attempt that ended so: as the agent tells ("try again in 20
 * minutes"), else a usual time, which doubles while its service is overloaded time after time. `null`: it was refused.
 *
 * @param overloads how often in a row its service was overloaded before
 */
export function parkedUntil(
  cause: QuotaCause,
  { message, retryAfterMs }: AttemptResult,
  at: Instant,
  overloads: number,
): Instant | null {
  if (cause === 'auth') return null
  const told = retryAfterMs ?? toldMs(message ?? '', at)
  const usual = cause === 'overloaded' ? Math.min(usualMs[cause] * 2 ** Math.min(overloads, 10), longestOverloadMs) : usualMs[cause] // prettier-ignore
  return at + Math.min(told ?? usual, longestMs)
}

function toldMs(message: string, at: Instant): number | null {
  return momentIn(message, at) ?? spanIn(message)
}

/** `…usage limit reached|1764170400`, as Claude Code writes it, or a moment in ISO 8601; only one that is still to come. */
function momentIn(message: string, at: Instant): number | null {
  const seconds = /\|(\d{10})\b/.exec(message)?.[1]
  const iso = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/.exec(message)?.[0]
  const moment = seconds === undefined ? Date.parse(iso ?? '') : Number(seconds) * secondMs
  return moment > at ? moment - at : null
}

function spanIn(message: string): number | null {
  const words =
    /\b(?:again|after|resets?|wait|in)\b[^\d]{0,20}((?:\d{1,6}\s*(?:s|m|h|d)[a-z]*[\s,]*(?:and\s+)?)+)/i.exec(
      message,
    )?.[1]
  if (words === undefined) return null
  const parts = words.matchAll(/(\d{1,6})\s*([smhd])/gi)
  const sum = Array.from(parts, ([, count, unit]) => Number(count) * units[unit!.toLowerCase()]!).reduce(
    (a, b) => a + b,
    0,
  )
  return sum > 0 ? sum : null
}
