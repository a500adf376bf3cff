import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Standing } from './roster.ts'

const minuteMs = 60_000

/**
 * For how long nobody uses a credential whose agent does not say when to come again: the first time, and at most; each
 * time in a row is twice the one before.
 */
const pauses: Partial<Record<Cause, { readonly firstMs: number; readonly mostMs: number }>> = {
  usage_limit: { firstMs: 30 * minuteMs, mostMs: 240 * minuteMs },
  rate_limited: { firstMs: minuteMs, mostMs: 30 * minuteMs },
  overloaded: { firstMs: 10_000, mostMs: 10 * minuteMs },
}

/** What an agent says is believed up to here. */
const longestMs = 7 * 24 * 60 * minuteMs

/** Ends that say nothing about the step: it is tried again when the credential is free, and that costs no attempt. */
const costsNothing: ReadonlySet<Cause> = new Set<Cause>(['usage_limit', 'rate_limited', 'overloaded'])

/** So often a step is tried again at no cost because a service was overloaded: nobody says whether that ever ends. */
export const maxOverloads = 5

/**
 * How a credential stands after an attempt that ended so: parked until the time that the agent told, else for a while
 * that grows with `before`, how often in a row that happened already; or stopped, because it was refused. `null`:
 * nothing is wrong with it.
 */
export function standingAfter(
  { cause, simulated, retryAt }: AttemptResult,
  at: Instant,
  before: number,
): Standing | null {
  if (cause === null || simulated) return null
  if (cause === 'auth') return { cause, until: null }
  const pause = pauses[cause]
  if (pause === undefined) return null
  const usual = Math.min(pause.firstMs * 2 ** Math.min(before, 40), pause.mostMs)
  const told = retryAt === undefined || retryAt <= at ? null : retryAt
  return { cause, until: Math.min(told ?? at + usual, at + longestMs) }
}

/** Whether the step of an attempt that ended so is tried again at no cost, now that its credential is parked. */
export const isFree = (cause: Cause | null): boolean => cause !== null && costsNothing.has(cause)
