import type { Instant } from '../base/ids.ts'
import type { Grant } from '../run/allocate.ts'
import { attemptValues } from '../run/scope.ts'
import type { StepState } from '../run/state.ts'
import type { AttemptContext } from './attempts.ts'
import type { Batch } from './batch.ts'
import { whyNoSecrets } from './secrets.ts'

/**
 * Journals the intent of an attempt with its values; false when they cannot be evaluated and the step has failed, or when
 * what failed before it in the same batch has cut it off.
 */
export function intend(deps: AttemptContext, batch: Batch, grant: Grant, at: Instant): boolean {
  const { runId, candidate, choice, reserved } = grant
  const run = batch.get(runId)
  if (run === undefined || !isStillDue(run.states.get(candidate.index))) return false
  const { id: step } = run.steps.get(candidate.index)
  if (choice.kind === 'reached') {
    batch.add(runId, { type: 'budget_reached', at, step, ...choice.reached })
    return false
  }
  const values = attemptValues(run, candidate.index)
  const broken = choice.kind === 'broken' ? choice.message : null
  const problem = values.ok ? (broken ?? whyNoSecrets(deps, run, candidate.index)) : values.error
  if (!values.ok || choice.kind === 'broken' || problem !== null) {
    batch.add(runId, { type: 'expression_failed', at, step, message: problem ?? '' })
    return false
  }
  const { attempt } = candidate
  const { agent, why, order } = choice
  const chosen = { ...(why === null ? {} : { why }), ...(order.length < 2 ? {} : { order }) }
  const paid = reserved === undefined ? {} : { reserved }
  batch.add(runId, { type: 'attempt_started', at, step, attempt, agent, ...chosen, ...paid, values: values.value })
  return true
}

/** One that waits for its budget is offered again and again. */
const isStillDue = (state: StepState | undefined): boolean =>
  state?.status === 'ready' || state?.status === 'backing_off' || state?.status === 'paused'
