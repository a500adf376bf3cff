import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { AttemptResult } from './attempt-result.ts'

const minuteMs = 60_000
const units: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs }

/** Where the agent does not say when to come again. */
const usualMs: Partial<Record<Cause, number>> = { usage_limit: 30 * minuteMs, rate_limited: minuteMs }

const longestMs = 7 * 24 * 60 * minuteMs

/**
 * Until when nobody should use the credential of an attempt that ended so: as its message tells ("try again in 20
 * minutes"), else a usual time. `null`: nothing is wrong with its quota.
 */
export function parkedUntil({ cause, message, simulated }: AttemptResult, at: Instant): Instant | null {
  const usual = cause === null || simulated ? undefined : usualMs[cause]
  return usual === undefined ? null : at + Math.min(toldMs(message ?? '') ?? usual, longestMs)
}

function toldMs(message: string): number | null {
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
