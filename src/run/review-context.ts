import type { StepId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { liveSteps, planLevel } from './find.ts'
import type { Finding } from './review.ts'
import type { RunState } from './state.ts'

/** A finding that a person saw and approved: of exactly this content, which need not be asked about again. */
export type ApprovedFinding = Pick<Finding, 'rule' | 'file' | 'sha256'> & {
  readonly step: StepId
  readonly by: string
  /** The hash of the policy under which it was approved, and what of that policy the plans and the step said. */
  readonly policy: string
  readonly keys: readonly JsonObject[]
}

/** What the plans around a step and the step itself say of the gate on its change, the outermost first. */
export function reviewKeysOf(run: RunState, index: number): readonly JsonObject[] {
  const keys: JsonObject[] = []
  const own = run.steps.get(index).spec.review
  if (own !== undefined) keys.unshift(own)
  for (let at: number | null = index; at !== null;) {
    const { owner, plan } = planLevel(run, run.steps.get(at).level)
    if (plan.review !== null) keys.unshift(plan.review)
    at = owner
  }
  return keys
}

/** What people approved in the changes that are part of the run's result. */
export function approvedFindings(run: RunState): readonly ApprovedFinding[] {
  return Array.from(liveSteps(run)).flatMap((index) => {
    const state = run.states.get(index)
    const { id } = run.steps.get(index)
    if (state.status !== 'finished' || state.outcome !== 'success' || state.decidedBy === null) return []
    const { decidedBy: by, review } = state
    if (review === null) return []
    const seen = { step: id, by, policy: review.policy, keys: reviewKeysOf(run, index) }
    return review.findings.flatMap(({ action, rule, file, sha256 }) =>
      action === 'human' && sha256 !== undefined ? [{ rule, file, sha256, ...seen }] : [],
    )
  })
}
