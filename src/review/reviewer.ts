import { createHash } from 'node:crypto'
import { OrchdError } from '../base/errors.ts'
import { createRedactor } from '../base/redact.ts'
import type { Allowance, ReviewPolicy } from '../plan/review-policy.ts'
import type { ReviewedChange, Reviewer } from '../ports/reviewer.ts'
import type { ApprovedFinding } from '../run/review-context.ts'
import { type Finding, mostFindings, type ReviewResult, type Verdict } from '../run/review.ts'
import { changedFiles } from './changed-files.ts'
import { findingsInContents } from './contents.ts'
import { readGit } from './git.ts'
import { findingsOfKind } from './kinds.ts'
import { findingsInNames } from './names.ts'
import { protections } from './protected-files.ts'
import { shownDiff } from './shown-diff.ts'
import { SecretSearch } from './secrets/aside.ts'

export type ReviewerOptions = {
  /** Values of the holder's secrets: none may ever be in a change. */
  readonly secretValues: readonly string[]
  /** Where git is looked for. */
  readonly path: string | undefined
}

/** The rules of this build: a change in them makes another policy of the same words. */
const rulesVersion = 2

export function createReviewer({ secretValues, path }: ReviewerOptions): Reviewer {
  const search = new SecretSearch(secretValues)
  const redactor = createRedactor(secretValues)
  return {
    review: async ({ gitDir, base, commit, policy, secretValues: own = [], approved = [] }) => {
      checkIds({ base, commit })
      const git = readGit(gitDir, path)
      const files = await changedFiles(git, base, commit)
      const protectedBy = protections(policy.protectedFiles)
      const inNames = findingsInNames(files, policy, [...secretValues, ...own])
      const findings = [
        ...findingsOfSize(files.length, policy),
        ...files.flatMap((file) => findingsOfKind(file, protectedBy)),
        ...inNames.findings,
        ...(await findingsInContents(files, { git, search, policy, secretValues: own })),
      ]
      const more = [...own, ...inNames.secrets]
      const masking = more.length === 0 ? redactor : createRedactor([...secretValues, ...more])
      const tree = (await git(['rev-parse', '--verify', `${commit}^{tree}`])).toString().trim()
      const shown = findings.map((finding) => {
        const { file, message } = finding
        return { ...finding, file: masking.text(file), message: masking.text(message) }
      })
      const left = shown.map((finding) => unlessApproved(finding, approved))
      return resultOf(left, policy, tree)
    },
    diff: async (change) => {
      checkIds(change)
      const { secretValues: own = [] } = change
      const masking = own.length === 0 ? redactor : createRedactor([...secretValues, ...own])
      return shownDiff(readGit(change.gitDir, path), change, (text) => masking.text(text))
    },
    close: () => search.close(),
  }
}

function checkIds({ base, commit }: Pick<ReviewedChange, 'base' | 'commit'>): void {
  for (const id of [base, commit]) {
    if (!/^[0-9a-f]{40,64}$/.test(id)) throw new OrchdError('REVIEW_FAILED', `"${id}" is not the id of a commit`)
  }
}

function findingsOfSize(count: number, { maxChangedFiles: most }: ReviewPolicy): Finding[] {
  if (most === null || count <= most) return []
  const message = `${count} files are changed; without a person it may be ${most}`
  return [{ rule: 'max_changed_files', action: 'human', file: '.', line: null, message }]
}

/** What was approved with exactly this content needs nobody again, but whoever looks at the whole is told. */
function unlessApproved(finding: Finding, approved: readonly ApprovedFinding[]): Finding {
  const { rule, action, file, sha256, message } = finding
  if (action !== 'human' || sha256 === undefined) return finding
  const seen = approved.find((one) => one.rule === rule && one.file === file && one.sha256 === sha256)
  if (seen === undefined) return finding
  return { ...finding, action: 'note', message: `${message} (approved by ${seen.by} in step "${seen.step}")` }
}

function resultOf(all: readonly Finding[], policy: ReviewPolicy, tree: string): ReviewResult {
  const left = all.filter((finding) => !policy.allow.some((allowance) => allows(allowance, finding)))
  const findings = left.toSorted(byWeight)
  const more = Math.max(0, findings.length - mostFindings)
  return {
    verdict: verdictOf(findings),
    policy: policyHash(policy),
    tree,
    findings: findings.slice(0, mostFindings),
    ...(more === 0 ? {} : { more }),
    ...(policy.approvers === null ? {} : { approvers: policy.approvers }),
  }
}

const allows = ({ rule, file, sha256 }: Allowance, finding: Finding): boolean =>
  rule === finding.rule && file === finding.file && finding.sha256 !== undefined && sha256 === finding.sha256

const weights = { block: 0, human: 1, note: 2 } as const
const byWeight = (a: Finding, b: Finding): number =>
  weights[a.action] - weights[b.action] || compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const verdictOf = (findings: readonly Finding[]): Verdict =>
  findings.some(({ action }) => action === 'block')
    ? 'block'
    : findings.some(({ action }) => action === 'human')
      ? 'require_human'
      : 'approve'

/** Equal policies have equal hashes, however they came about. */
export const policyHash = (policy: ReviewPolicy): string =>
  createHash('sha256')
    .update(canonical({ rules: rulesVersion, ...policy }))
    .digest('hex')

/** JSON with the keys of objects in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => compare(a, b)))
      : part,
  )
