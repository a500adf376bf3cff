import { OrchdError } from '../base/errors.ts'
import { type ReviewPolicy, tightened } from '../plan/review-policy.ts'
import type { Attempt } from '../ports/agent.ts'
import type { Reviewer } from '../ports/reviewer.ts'
import type { Change } from '../run/change.ts'
import type { ReviewResult } from '../run/review.ts'

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
