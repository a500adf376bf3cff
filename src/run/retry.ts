import { hashFraction } from '../base/hash.ts'
import type { Cause } from '../base/cause.ts'
import type { RetryPolicy, Step } from '../plan/plan.ts'
import type { Verdict } from './level.ts'
import type { PastAttempts } from './past-attempts.ts'

/** How often a step may be started again because its processes were lost, beyond `retry.max_attempts`. */
export const maxLosses = 3

/** Whether the plan wants another attempt after one that ended so. `past` counts the attempt. */
export function wantsRetry(retry: RetryPolicy, { outcome, cause }: Verdict, past: PastAttempts): boolean {
  if (outcome === 'success' || outcome === 'cancellation' || cause === null) return false
  return isLeft(retry, past) && retry.on.includes(cause)
}

/** What the agent cannot do now, however often it is asked, and another one may. */
const leaveFor: ReadonlySet<Cause> = new Set<Cause>([
  'auth',
  'agent_error',
  'overloaded',
  'rate_limited',
  'spawn_failed',
  'usage_limit',
])

/**
 * Whether another agent of the order is to try after an attempt that ended so. `past` counts the attempt. Where the plan
 * says nothing of retries each agent gets one attempt, else `retry.max_attempts` is the total.
 */
export function wantsOther(
  spec: Step,
  { outcome, cause }: Verdict,
  past: PastAttempts,
  order: readonly string[],
): boolean {
  if (outcome === 'success' || outcome === 'cancellation' || cause === null || !leaveFor.has(cause)) return false
  const isThere = order.some((name) => name !== past.agent && !past.left.includes(name))
  return isThere && (spec.oneAttemptEach === true || isLeft(spec.retry, past))
}

const isLeft = ({ maxAttempts }: RetryPolicy, { tries, losses, parks }: PastAttempts): boolean =>
  tries - losses - parks < maxAttempts

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
