import type { Draft } from './draft.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { GateDecided } from './event.ts'
import { finish } from './flow.ts'
import { blockMessage, reviewQuestion, reviewTimeoutMs } from './review.ts'
import type { PastAttempts } from './past-attempts.ts'
import type { Reviewed, StepGated } from './state.ts'

// What the diff gate's verdict makes of an attempt.

/** The result as the gate leaves it: work whose change is blocked is no success. */
export function judged(result: AttemptResult): AttemptResult {
  const { outcome, review } = result
  if (outcome !== 'success' || review?.verdict !== 'block') return result
  return { ...result, outcome: 'failure', cause: 'gate_blocked', message: blockMessage(review) }
}

/** Whether it is a success only when a person says so. */
export const needsPerson = ({ outcome, review }: AttemptResult): boolean =>
  outcome === 'success' && review?.verdict === 'require_human'

/** Opens the gate on the change of an attempt that just ended. */
export function openReview(
  draft: Draft,
  index: number,
  { attempt, agent, result }: Omit<Reviewed, 'review'>,
  past: PastAttempts,
): void {
  const { review } = result
  if (review === undefined) return
  const { cut } = draft.levelOf(index)
  if (cut !== null) {
    // Nobody is asked any more, and unseen it is no success.
    const outcome = cut === 'cancelled' ? 'cancellation' : 'timeout'
    return finish(draft, index, { ...endOf({ agent, result }, past), outcome, cause: cut, message: null })
  }
  draft.move(index, {
    status: 'gated',
    openedAt: draft.at,
    deadlineAt: draft.at + reviewTimeoutMs,
    prompt: reviewQuestion(review),
    past: { ...past, openings: past.openings + 1 },
    reviewed: { attempt, agent, result, review },
  })
}

/** An answer for another tree than the gate's is no answer. */
export function reviewDecided(draft: Draft, index: number, state: StepGated, event: GateDecided): void {
  const { reviewed, past } = state
  if (reviewed === undefined || (event.tree !== undefined && event.tree !== reviewed.review.tree)) return
  const end = endOf(reviewed, past)
  if (event.decision === 'approve') {
    const review = { ...reviewed.review, policy: event.policy ?? reviewed.review.policy }
    const said = event.comment === null ? {} : { decidedWith: event.comment }
    finish(draft, index, { ...end, review, decidedBy: event.by, ...said })
  } else {
    const message = event.comment ?? (event.by === null ? 'nobody reviewed the change in time' : null)
    finish(draft, index, { ...end, outcome: 'failure', cause: 'gate_rejected', message, decidedBy: event.by })
  }
}

/** How a step ends by its attempt's own result. */
export function endOf(
  { agent, result }: Pick<Reviewed, 'agent' | 'result'>,
  past: PastAttempts,
): Parameters<typeof finish>[2] {
  const { outcome, cause, message, outputs, artifacts = [], change = null, review = null } = result
  const startedAt = past.firstStartedAt
  return { outcome, cause, message, outputs, artifacts, change, review, agent, startedAt, past }
}
