import { OrchdError } from '../base/errors.ts'
import type { Instant, StepId } from '../base/ids.ts'
import type { GateAnswer } from '../ports/engine.ts'
import { hasFailed } from '../run/again.ts'
import { approversOf } from '../plan/review-policy.ts'
import { statusWord } from '../run/explain.ts'
import { stepState } from '../run/find.ts'
import type { RunState, StepState } from '../run/state.ts'

/** @throws OrchdError RUN_FINISHED */
export function checkUnfinished(run: RunState): void {
  if (run.phase === 'finished') throw new OrchdError('RUN_FINISHED', `run "${run.id}" is over: ${run.outcome}`)
}

/**
 * The tree that the answer is about; `null`: the gate is on no change.
 *
 * @throws OrchdError STEP_NOT_FOUND, GATE_NOT_OPEN, GATE_FORBIDDEN, GATE_STALE, USAGE
 */
export function checkOpenGate(run: RunState, step: StepId, answer: GateAnswer): string | null {
  const state = stateOf(run, step)
  if (state.status !== 'gated') {
    throw new OrchdError('GATE_NOT_OPEN', `step "${step}" of run "${run.id}" waits for no approval: ${itIs(state)}`)
  }
  const review = state.reviewed?.review
  const approvers = review === undefined ? approversOf(run.plan.review ?? {}) : review.approvers
  if (approvers && !approvers.includes(answer.by)) {
    const who = approvers.length === 0 ? 'nobody is left who may approve' : `the approvers are ${approvers.join(', ')}`
    throw new OrchdError('GATE_FORBIDDEN', `"${answer.by}" may not decide on step "${step}": ${who}`)
  }
  if (review === undefined) {
    if (answer.tree !== undefined)
      throw new OrchdError('USAGE', `the gate "${step}" is on no change, so it has no tree`)
    return null
  }
  if (answer.tree !== undefined && answer.tree !== review.tree) {
    const message = `step "${step}" has another change now: tree ${review.tree}, not ${answer.tree}`
    throw new OrchdError('GATE_STALE', message, { help: `look at it: orchd review ${run.id} ${step}` })
  }
  return review.tree
}

/** @throws OrchdError STEP_NOT_FOUND, GATE_NOT_OPEN */
export function checkDecidable(run: RunState, step: StepId): void {
  const state = stateOf(run, step)
  if (state.status === 'held') return
  throw new OrchdError('GATE_NOT_OPEN', `step "${step}" of run "${run.id}" was not lost: ${itIs(state)}`)
}

/** @throws OrchdError STEP_NOT_FOUND, RUN_CANCELLING, NOTHING_TO_RETRY */
export function checkRetry(run: RunState, from: StepId | null, at: Instant): void {
  if (run.phase !== 'finished' && run.cancels > 0)
    throw new OrchdError('RUN_CANCELLING', `run "${run.id}" is being cancelled`)
  const state = from === null ? null : stateOf(run, from)
  if (state?.status === 'waiting')
    throw new OrchdError('NOTHING_TO_RETRY', `step "${from}" of run "${run.id}" has not begun`)
  if (from === null && !hasFailed(run, at))
    throw new OrchdError('NOTHING_TO_RETRY', `no step of run "${run.id}" failed or was cut off`)
}

function stateOf(run: RunState, step: StepId): StepState {
  const state = stepState(run, step)
  if (state === undefined) throw new OrchdError('STEP_NOT_FOUND', `run "${run.id}" has no step "${step}"`)
  return state
}

/** @throws OrchdError BUDGET_NONE */
export function checkBudget(run: RunState): void {
  if (run.plan.constraints.budget !== null || run.sets.paused.size > 0) return
  throw new OrchdError('BUDGET_NONE', `run "${run.id}" has no budget of its own, and none of its steps waits for one`)
}

/** Where a step is, in words that end a sentence. */
function itIs(state: StepState): string {
  if (state.status !== 'finished') return `it is ${statusWord(state)}`
  return {
    success: 'it has succeeded',
    failure: 'it has failed',
    error: 'it has ended with an error',
    timeout: 'its time was over',
    cancellation: 'it was cancelled',
    skip: 'it was skipped',
  }[state.outcome]
}
