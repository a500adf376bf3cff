/** What the diff gate says of one change. The verdict follows from the findings: the strictest action wins. */
export type ReviewResult = {
  readonly verdict: Verdict
  /** SHA-256 of the policy that was applied, as canonical JSON: an approval holds for this policy only. */
  readonly policy: string
  /** The tree that was looked at: an approval holds for this tree only. */
  readonly tree: string
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

/** A review gate rejects itself when nobody has answered for so long. */
export const reviewTimeoutMs = 7 * 24 * 3600_000

const mostNamed = 3

/** What a person is asked at the gate, in one line. */
export function reviewQuestion({ findings, more = 0 }: ReviewResult): string {
  const asking = findings.filter(({ action }) => action === 'human')
  return `Approve the change? ${named(asking, more)}`
}

/** Why a change is blocked, in one line. */
export function blockMessage({ findings, more = 0 }: ReviewResult): string {
  const blocks = findings.filter(({ action }) => action === 'block')
  return `the change is blocked: ${named(blocks, more)}`
}

function named(findings: readonly Finding[], more: number): string {
  const places = findings.slice(0, mostNamed).map(({ rule, file, line }) => `${rule} in ${placeOf({ file, line })}`)
  const rest = findings.length - places.length + more
  return `${places.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** `src/a.ts:3`, a long name shortened. */
export const placeOf = ({ file, line }: Pick<Finding, 'file' | 'line'>): string =>
  file === '.'
    ? 'the whole change'
    : `${file.length > 80 ? `...${file.slice(-77)}` : file}${line === null ? '' : `:${line}`}`

/** The lines of orchestrator_config.yaml that would let exactly these blocked findings through. */
export function allowingLines({ findings }: ReviewResult): readonly string[] {
  const blocks = findings.filter(({ action, sha256 }) => action === 'block' && sha256 !== undefined)
  const lines = blocks.map(
    ({ rule, file, sha256 }) => `    - { rule: ${rule}, file: ${JSON.stringify(file)}, sha256: "${sha256}" }`,
  )
  return lines.length === 0 ? [] : ['review:', '  allow:', ...new Set(lines)]
}
