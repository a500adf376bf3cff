import type { Instant } from '../base/ids.ts'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const unit = String.raw`(?:(ms|milli)(?:seconds?)?|(s)(?:ecs?|econds?)?|(m)(?:ins?|inutes?)?|(h)(?:rs?|ours?)?|(d)(?:ays?)?)\b`
const amount = String.raw`(\d{1,6}(?:\.\d{1,3})?)\s*${unit}`
const span = new RegExp(
  String.raw`\b(?:again|after|resets?|wait|in)\b[^\d]{0,20}((?:${amount}[\s,]*(?:and\s+)?)+)`,
  'i',
)
const dayMs = 86_400_000

/**
 * When an agent can be asked again, as its message says: "try again in 2 hours 5 minutes", "resets at 5:40 PM" (in the
 * time zone of this machine, or UTC where it says so), a date, or seconds since 1970. `null`: it does not say.
 */
export const retryAtIn = (message: string, now: Instant): Instant | null =>
  spanIn(message, now) ?? epochIn(message) ?? dateIn(message) ?? clockIn(message, now)

function spanIn(message: string, now: Instant): Instant | null {
  const words = span.exec(message)?.[1]
  if (words === undefined) return null
  let sum = 0
  for (const [, count, ...names] of words.matchAll(new RegExp(amount, 'gi'))) {
    const name = names.find((one) => one !== undefined)?.toLowerCase() ?? 's'
    sum += Number(count) * (units[name === 'milli' ? 'ms' : name] ?? 0)
  }
  return sum > 0 ? now + Math.round(sum) : null
}

/** `Claude AI usage limit reached|1764175200` */
function epochIn(message: string): Instant | null {
  const seconds = /\|\s*(\d{10})\b/.exec(message)?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}

function dateIn(message: string): Instant | null {
  const date = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)/.exec(message)?.[0]
  const at = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isFinite(at) ? at : null
}

/** The next time that a clock shows it. */
function clockIn(message: string, now: Instant): Instant | null {
  const found = /\b(?:again|resets?|until)\b[^\d]{0,12}(\d{1,2})(?::(\d\d))?\s*(am|pm)?\b(?:\s*\(?(UTC|GMT)\b)?/i.exec(
    message,
  )
  if (found === null || (found[2] === undefined && found[3] === undefined)) return null
  const [, hours, minutes = '0', half, zone] = found
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
  if (hour > 23 || Number(minutes) > 59) return null
  const at = new Date(now)
  if (zone === undefined) at.setHours(hour, Number(minutes), 0, 0)
  else at.setUTCHours(hour, Number(minutes), 0, 0)
  return at.getTime() > now ? at.getTime() : at.getTime() + dayMs
}
