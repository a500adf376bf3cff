import { OrchdError } from '../base/errors.ts'
import type { StepId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { publishId, resultId } from '../plan/implicit.ts'
import { type ReviewPolicy, tightened } from '../plan/review-policy.ts'
import type { Attempt } from '../ports/agent.ts'
import type { StepDiff } from '../ports/client.ts'
import type { Reviewer } from '../ports/reviewer.ts'
import { policyHash } from '../review/reviewer.ts'
import type { Change } from '../run/change.ts'
import { indexOf, liveSteps } from '../run/find.ts'
import type { Finding, ReviewResult } from '../run/review.ts'
import { reviewKeysOf } from '../run/review-context.ts'
import type { RunState } from '../run/state.ts'

/** The configuration's policy at this moment: a daemon may read its configuration again. */
type Configured = () => ReviewPolicy

const policyUnder = (configured: ReviewPolicy, keys: readonly JsonObject[]): ReviewPolicy =>
  keys.reduce(tightened, configured)

/** The gate on an attempt's change: under the configuration's policy, which plan and step can only tighten. */
export const reviewWith =
  (reviewer: Reviewer, configured: Configured) =>
  (attempt: Attempt, { base, commit }: Change): Promise<ReviewResult> => {
    const { context, reviewKeys, approved, secrets, secretValues } = attempt
    if (context === null) throw new OrchdError('INTERNAL', 'an attempt without a repository has no change')
    const policy = configured()
    return reviewer.review({
      gitDir: context.gitDir,
      base,
      commit,
      policy: policyUnder(policy, reviewKeys),
      secretValues: [...secretValues, ...Object.values(secrets)],
      // What was approved under other rules is asked about again.
      approved: approved.filter((one) => policyHash(policyUnder(policy, one.keys)) === one.policy),
    })
  }

/**
 * Holds an approval to the rules as they are now: when they changed since the gate was opened, the change is reviewed
 * again, and what that finds beyond what the person saw makes the approval void.
 *
 * @returns what throws GATE_STALE then, and else resolves to the hash of the rules of now, where they are others
 */
export const approvalCheckWith =
  (reviewer: Reviewer, configured: Configured, secretInputsOf: (run: RunState) => readonly string[]) =>
  async (run: RunState, step: StepId): Promise<string | null> => {
    const index = indexOf(run, step)
    const state = index === undefined ? undefined : run.states.get(index)
    if (index === undefined || state?.status !== 'gated' || run.context === undefined) return null
    const { result, review } = state.reviewed ?? {}
    const policy = policyUnder(configured(), reviewKeysOf(run, index))
    if (result?.change === undefined || review === undefined || policyHash(policy) === review.policy) return null
    const { base, commit } = result.change
    const { gitDir } = run.context
    const now = await reviewer.review({ gitDir, base, commit, policy, secretValues: secretInputsOf(run) })
    const seen = new Set(review.findings.map(nameOf))
    const fresh = now.findings.filter((finding) => finding.action !== 'note' && !seen.has(nameOf(finding)))
    if (now.verdict !== 'block' && fresh.length === 0) return now.policy
    const what = fresh.length === 0 ? 'it is blocked' : `it has ${fresh.length} more findings`
    throw new OrchdError('GATE_STALE', `the rules have changed since "${step}" was reviewed: by those of now ${what}`, {
      help: `orchd retry ${run.id} --from ${step} has the work done and reviewed again`,
    })
  }

const nameOf = ({ rule, file, sha256 }: Finding): string => JSON.stringify([rule, file, sha256 ?? null])

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
