import type { ReviewPolicy } from '../plan/review-policy.ts'
import type { Finding, ReviewResult } from '../run/review.ts'
import type { ApprovedFinding } from '../run/review-context.ts'

/** The gate on a change itself. It reads two commits of a repository, and nothing of any work tree. */
export type Reviewer = {
  /**
   * Every finding in what `commit` changes in `base`.
   *
   * @throws OrchdError REVIEW_FAILED when git cannot read one of them: the change is unreviewed then, never approved
   */
  review(change: ReviewedChange): Promise<ReviewResult>
  /**
   * A change as people look at it, with secrets masked.
   *
   * @throws OrchdError REVIEW_FAILED
   */
  diff(change: ShownChange): Promise<ShownDiff>
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

export type ShownChange = Pick<ReviewedChange, 'gitDir' | 'base' | 'commit' | 'secretValues'> & {
  /** What the gate found in it: lines with secrets are not shown. */
  readonly findings: readonly Finding[]
}

export type ShownDiff = {
  readonly files: readonly FileDiff[]
  /** Whether there is more than anybody reads, so that it does not hold everything. */
  readonly cut: boolean
}

export type FileDiff = {
  /** The name that findings have it by. */
  readonly path: string
  readonly old_path: string
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed'
  /** Modes and hunks of a unified diff, without the line that names the files. */
  readonly patch: string
}
