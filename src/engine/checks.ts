import { OrchdError } from '../base/errors.ts'
import type { Instant, StepId } from '../base/ids.ts'
import type { GateAnswer } from '../ports/engine.ts'
import { hasFailed } from '../run/again.ts'
import { statusWord } from '../run/explain.ts'
import { stepState } from '../run/find.ts'
import type { RunState, StepState } from '../run/state.ts'

/** @throws OrchdError RUN_FINISHED */
export function checkUnfinished(run: RunState): void {
  if (run.phase === 'finished') throw new OrchdError('RUN_FINISHED', `run "${run.id}" is over: ${run.outcome}`)
}

/** @throws OrchdError STEP_NOT_FOUND, GATE_NOT_OPEN, GATE_FORBIDDEN */
export function checkOpenGate(run: RunState, step: StepId, answer: GateAnswer): void {
  const state = stateOf(run, step)
  if (state.status !== 'gated') {
    throw new OrchdError(
      'GATE_NOT_OPEN',
      `step "${step}" of run "${run.id}" waits for no approval: it is ${statusWord(state)}`,
    )
  }
  const approvers = run.plan.review?.['approvers']
  if (Array.isArray(approvers) && approvers.length > 0 && !approvers.includes(answer.by)) {
    throw new OrchdError('GATE_FORBIDDEN', `"${answer.by}" is not one of the approvers: ${approvers.join(', ')}`)
  }
}

/** @throws OrchdError STEP_NOT_FOUND, GATE_NOT_OPEN */
export function checkDecidable(run: RunState, step: StepId): void {
  const state = stateOf(run, step)
  if (state.status === 'held') return
  throw new OrchdError('GATE_NOT_OPEN', `step "${step}" of run "${run.id}" was not lost: it is ${statusWord(state)}`)
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
