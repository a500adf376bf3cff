import type { ReviewPolicy } from '../plan/review-policy.ts'
import type { ReviewResult } from '../run/review.ts'
import type { ApprovedFinding } from '../run/review-context.ts'

/** The gate on a change itself. It reads two commits of a repository, and nothing of any work tree. */
export type Reviewer = {
  /**
   * Every finding in what `commit` changes in `base`.
   *
   * @throws OrchdError REVIEW_FAILED when git cannot read one of them: the change is unreviewed then, never approved
   */
  review(change: ReviewedChange): Promise<ReviewResult>
  /** Ends the thread that searches for secrets. */
  close(): Promise<void>
}

export type ReviewedChange = {
  /** Absolute path of the repository (its `.git`). */
  readonly gitDir: string
  /** Commits or trees. */
  readonly base: string
  readonly commit: string
  readonly policy: ReviewPolicy
  /** Secrets that only this run knows, beside those of the holder. */
  readonly secretValues?: readonly string[]
  /** What a person has approved in a part of the change: it is still told of, and asks nobody again. */
  readonly approved?: readonly ApprovedFinding[]
}
