/** What the diff gate says of one change. The verdict follows from the findings: the strictest action wins. */
export type ReviewResult = {
  readonly verdict: Verdict
  /** SHA-256 of the policy that was applied, as canonical JSON: an approval holds for this policy only. */
  readonly policy: string
  /** The strictest first, at most `mostFindings`. */
  readonly findings: readonly Finding[]
  /** How many there are beyond those. */
  readonly more?: number
  /** Who may approve; absent: everybody. */
  readonly approvers?: readonly string[]
}

export type Verdict = 'approve' | 'require_human' | 'block'

export type Finding = {
  /** `aws_access_key`, `protected_file`, `symlink`, ...: docs/review.md lists them. */
  readonly rule: string
  /** `note`: people should know, and nothing else follows. */
  readonly action: 'note' | 'human' | 'block'
  /** The path in the new tree (of what was deleted: in the old one). Secrets in it are masked. */
  readonly file: string
  /** In the new file, from 1. */
  readonly line: number | null
  readonly message: string
  /** The first 8 hex digits of the SHA-256 of what was found: names it without showing it. */
  readonly sha256?: string
}

export const mostFindings = 100
