import { hashFraction } from '../base/hash.ts'
import type { RunId } from '../base/ids.ts'
import type { Step } from '../plan/plan.ts'
import type { AttemptResult } from './event.ts'
import type { PastAttempts } from './state.ts'

/** How often a step may be started again because its processes were lost, beyond `retry.max_attempts`. */
export const maxLosses = 3

/** Whether the plan wants another attempt after this result. `past` counts the attempt that gave it. */
export function wantsRetry(step: Step, result: AttemptResult, past: PastAttempts): boolean {
  if (result.outcome === 'success' || result.outcome === 'cancellation' || result.cause === null) return false
  return past.tries - past.losses < step.retry.maxAttempts && step.retry.on.includes(result.cause)
}

/**
 * Milliseconds before the attempt after `attempt`, never above `retry.maxDelayMs`.
 *
 * The jitter takes away up to a fifth and is a hash of (run, step, attempt), so that steps that failed together do not
 * come back together, and replay agrees.
 * @see https://docs.temporal.io/encyclopedia/retry-policies (the same growth, factor 2)
 */
export function backoffMs(step: Step, runId: RunId, attempt: number, tries: number): number {
  const { backoff, delayMs, maxDelayMs } = step.retry
  const factor = backoff === 'fixed' ? 1 : backoff === 'linear' ? tries : 2 ** Math.min(tries - 1, 40)
  const jitter = 1 - hashFraction(`${runId}/${step.id}/${attempt}`) / 5
  return Math.round(Math.min(delayMs * factor, maxDelayMs) * jitter)
}
