import type { Json, JsonObject } from '../base/json.ts'

/** The rules by which one change is reviewed: defaults under configuration, plan and step. Plain JSON. */
export type ReviewPolicy = {
  readonly secrets: 'require_human' | 'block'
  /** A file is protected when any of these says so. */
  readonly protectedFiles: readonly ProtectedFiles[]
  /** A change of more files needs a person. `null`: no limit. */
  readonly maxChangedFiles: number | null
  readonly removedTests: RemovedTests
  /** Who may approve. `null`: everybody who can reach the daemon. */
  readonly approvers: readonly string[] | null
  /** What people looked at and let through for good: only the configuration has these. */
  readonly allow: readonly Allowance[]
}

export type ProtectedFiles = {
  readonly policy: 'require_human' | 'block'
  /** Globs as in a .gitignore: without `/` they match at any depth. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

export const removedTestsWords = ['show', 'require_human', 'block'] as const
export type RemovedTests = (typeof removedTestsWords)[number]

/** One finding that is no finding: exactly this content in exactly this file. */
export type Allowance = { readonly rule: string; readonly file: string; readonly sha256: string }

export const defaultProtectedFiles: readonly string[] = ['package.json', '*.sql', 'Dockerfile', '.github/**']

export const defaultReviewPolicy: ReviewPolicy = {
  secrets: 'block',
  protectedFiles: [{ policy: 'require_human', include: defaultProtectedFiles, exclude: [] }],
  maxChangedFiles: null,
  removedTests: 'show',
  approvers: null,
  allow: [],
}

/** The policy of a configuration's `review`, which may loosen the defaults. */
export function configuredPolicy(review: JsonObject): ReviewPolicy {
  const files = objectOf(review['protected_files'])
  return {
    secrets: review['secrets'] === 'require_human' ? 'require_human' : 'block',
    protectedFiles: [
      {
        policy: files['policy'] === 'block' ? 'block' : 'require_human',
        include: textsOf(files['include']) ?? defaultProtectedFiles,
        exclude: textsOf(files['exclude']) ?? [],
      },
    ],
    maxChangedFiles: numberOf(review['max_changed_files']),
    removedTests: removedTestsOf(review['removed_tests']) ?? 'show',
    approvers: approversOf(review),
    allow: allowancesOf(review['allow']),
  }
}

/** The policy under the `review` of a plan or a step, which can only tighten it. */
export function tightened(policy: ReviewPolicy, review: JsonObject | null): ReviewPolicy {
  if (review === null) return policy
  const limit = numberOf(review['max_changed_files'])
  const approvers = approversOf(review)
  return {
    ...policy,
    secrets: review['secrets'] === 'block' ? 'block' : policy.secrets,
    protectedFiles: protectedUnder(policy.protectedFiles, objectOf(review['protected_files'])),
    maxChangedFiles: limit === null ? policy.maxChangedFiles : Math.min(limit, policy.maxChangedFiles ?? limit),
    removedTests: stricter(policy.removedTests, removedTestsOf(review['removed_tests'])),
    approvers: both(policy.approvers, approvers),
  }
}

/** Exceptions of a plan are exceptions from what it protects itself, and from nothing else. */
function protectedUnder(layers: readonly ProtectedFiles[], files: JsonObject): readonly ProtectedFiles[] {
  const include = textsOf(files['include'])
  const policy = files['policy'] === 'block' ? 'block' : 'require_human'
  // Without files of its own it speaks of those that are protected already.
  if (include === null) return policy === 'block' ? layers.map((layer) => ({ ...layer, policy })) : layers
  return [...layers, { policy, include, exclude: textsOf(files['exclude']) ?? [] }]
}

const both = (one: ReviewPolicy['approvers'], other: ReviewPolicy['approvers']): ReviewPolicy['approvers'] =>
  one === null || other === null ? (one ?? other) : one.filter((name) => other.includes(name))

export const stricter = (one: RemovedTests, other: RemovedTests | null): RemovedTests =>
  removedTestsWords[Math.max(removedTestsWords.indexOf(one), removedTestsWords.indexOf(other ?? 'show'))] ?? one

/** `null` when it names nobody: then everybody may. */
export function approversOf(review: JsonObject): readonly string[] | null {
  const names = textsOf(review['approvers']) ?? []
  return names.length === 0 ? null : names
}

export const removedTestsOf = (value: Json | undefined): RemovedTests | null =>
  removedTestsWords.find((word) => word === value) ?? null

function allowancesOf(value: Json | undefined): readonly Allowance[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: Json) => {
    const { rule, file, sha256 } = objectOf(entry)
    return typeof rule === 'string' && typeof file === 'string' && typeof sha256 === 'string'
      ? [{ rule, file, sha256 }]
      : []
  })
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)
const textsOf = (value: Json | undefined): readonly string[] | null =>
  Array.isArray(value) ? value.filter((entry: Json) => typeof entry === 'string') : null
