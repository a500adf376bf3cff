import { hashFraction } from '../base/hash.ts'
import type { RetryPolicy } from '../plan/plan.ts'
import type { Verdict } from './level.ts'
import type { PastAttempts } from './state.ts'

/** How often a step may be started again because its processes were lost, beyond `retry.max_attempts`. */
export const maxLosses = 3

/** Whether the plan wants another attempt after one that ended so. `past` counts the attempt. */
export function wantsRetry(retry: RetryPolicy, { outcome, cause }: Verdict, past: PastAttempts): boolean {
  if (outcome === 'success' || outcome === 'cancellation' || cause === null) return false
  return past.tries - past.losses < retry.maxAttempts && retry.on.includes(cause)
}

/**
 * Milliseconds before the attempt behind `tries` others, never above `retry.maxDelayMs`.
 *
 * The jitter takes away up to a fifth and is a hash of the attempt that failed (`run/step/attempt`), so that steps
 * that failed together do not come back together, and replay agrees.
 * @see https://docs.temporal.io/encyclopedia/retry-policies (the same growth, factor 2)
 */
export function backoffMs({ backoff, delayMs, maxDelayMs }: RetryPolicy, attemptKey: string, tries: number): number {
  const factor = backoff === 'fixed' ? 1 : backoff === 'linear' ? tries : 2 ** Math.min(tries - 1, 40)
  const jitter = 1 - hashFraction(attemptKey) / 5
  return Math.round(Math.min(delayMs * factor, maxDelayMs) * jitter)
}
