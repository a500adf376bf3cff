import { OrchdError } from '../base/errors.ts'
import type { StepId } from '../base/ids.ts'
import { publishId, resultId } from '../plan/implicit.ts'
import { type ReviewPolicy, tightened } from '../plan/review-policy.ts'
import type { Attempt } from '../ports/agent.ts'
import type { StepDiff } from '../ports/client.ts'
import type { Reviewer } from '../ports/reviewer.ts'
import type { Change } from '../run/change.ts'
import { indexOf, liveSteps } from '../run/find.ts'
import type { ReviewResult } from '../run/review.ts'
import type { RunState } from '../run/state.ts'

/** The gate on an attempt's change: under the configuration's policy, which plan and step can only tighten. */
export const reviewWith =
  (reviewer: Reviewer, configured: ReviewPolicy) =>
  (attempt: Attempt, { base, commit }: Change): Promise<ReviewResult> => {
    const { context, reviewKeys, approved, secrets, secretValues } = attempt
    if (context === null) throw new OrchdError('INTERNAL', 'an attempt without a repository has no change')
    return reviewer.review({
      gitDir: context.gitDir,
      base,
      commit,
      policy: reviewKeys.reduce(tightened, configured),
      secretValues: [...secretValues, ...Object.values(secrets)],
      approved,
    })
  }

/** What a step of a run changes, or the run as a whole, as people look at it. */
export const diffWith =
  (reviewer: Reviewer, secretInputsOf: (run: RunState) => readonly string[]) =>
  async (run: RunState, step: StepId | null): Promise<StepDiff> => {
    const index = step === null ? resultIn(run) : indexOf(run, step)
    const found = index === undefined ? null : changeIn(run, index)
    if (run.context === undefined || index === undefined || found === null) {
      const what = step === null ? `run "${run.id}" has no result` : `step "${step}" of run "${run.id}" has no change`
      throw new OrchdError('CHANGE_NOT_FOUND', `${what} to show`)
    }
    const { change, review, attempt } = found
    const { base, commit, tree } = change
    const { gitDir } = run.context
    const shown = { gitDir, base, commit, findings: review?.findings ?? [], secretValues: secretInputsOf(run) }
    return { step: run.steps.get(index).id, attempt, base, commit, tree, ...(await reviewer.diff(shown)) }
  }

type Found = { readonly change: Change; readonly review: ReviewResult | null; readonly attempt: number }

/** The change of a step's newest attempt that ended. */
function changeIn(run: RunState, index: number): Found | null {
  const state = run.states.get(index)
  if (state.status === 'finished' && state.change !== null) {
    return { change: state.change, review: state.review, attempt: state.past.count }
  }
  if (state.status !== 'gated' || state.reviewed === undefined) return null
  const { attempt, result, review } = state.reviewed
  return result.change === undefined ? null : { change: result.change, review, attempt }
}

/** The step that brings the run's changes together. */
function resultIn(run: RunState): number | undefined {
  const steps = [...liveSteps(run)]
  const named = (id: string): number | undefined => steps.findLast((index) => run.steps.get(index).id === id)
  const integrates = steps.findLast((index) => run.steps.get(index).spec.body.kind === 'integrate')
  const all = [named(publishId), named(resultId), integrates].filter((index) => index !== undefined)
  return all.find((index) => changeIn(run, index) !== null)
}
