import type { Finding } from '../run/review.ts'
import type { ReviewPolicy } from '../plan/review-policy.ts'
import { mostBlobBytes, openBlobs } from './blobs.ts'
import { type ChangedFile, modes } from './changed-files.ts'
import type { ReadGit } from './git.ts'
import { groupBy } from './group-by.ts'
import { changeOf } from './kinds.ts'
import type { SecretSearch } from './secrets/aside.ts'
import type { FoundSecret } from './secrets/found.ts'
import { SearchBudget, searched } from './searched.ts'
import { testFindings } from './test-findings.ts'
import { type DeclaredTests, declaredTests, isTestFile } from './tests.ts'

type Context = {
  readonly git: ReadGit
  readonly search: SecretSearch
  readonly policy: ReviewPolicy
  /** Those that only this run knows. */
  readonly secretValues: readonly string[]
}

/** What was read of one file. */
type Looked = {
  readonly file: ChangedFile
  secrets: readonly FoundSecret[]
  tests: { old: DeclaredTests; now: DeclaredTests } | null
}

const noTests: DeclaredTests = { titles: [], skips: [] }

/**
 * What the contents of the changed files tell. New files are searched whole, and so are the others, less what stood in
 * the old one: however git would cut a secret into hunks, it is seen, and an old one is not held against the change.
 */
export async function findingsInContents(files: readonly ChangedFile[], context: Context): Promise<Finding[]> {
  const { git, policy } = context
  const changed = files.filter((file) => file.old?.id !== file.new?.id)
  const blobs = await openBlobs(
    git,
    changed.flatMap((file) => [blobOf(file.old), blobOf(file.new)].flat()),
  )
  const findings: Finding[] = []
  const looked = changed.map((file): Looked => ({ file, secrets: [], tests: isTests(file) ? emptyTests() : null }))

  const budget = new SearchBudget()
  const byNew = groupBy(looked, ({ file }) => blobOf(file.new))
  for (const { file } of looked) {
    const [id] = blobOf(file.new)
    const size = id === undefined ? 0 : blobs.sizes.get(id)
    if (size === undefined) findings.push(human(file, 'unreadable', 'its content is not in the repository here'))
    else if (size > mostBlobBytes) {
      findings.push(human(file, 'large_file', `it has ${megabytes(size)} MB, so it was not searched for secrets`))
    }
  }
  for await (const contents of blobs.read(byNew.keys())) {
    const group = [...contents].flatMap(([id, bytes]) => (byNew.get(id) ?? []).map((one) => ({ one, id, bytes })))
    for (const { one, bytes } of group) {
      const unreadable = whyUnreadable(bytes)
      if (unreadable !== null) findings.push(human(one.file, ...unreadable))
      if (one.tests !== null) one.tests.now = declaredTests(textOf(bytes))
    }
    for (const [one, found] of await searched(group, context, budget)) {
      if (found === null) findings.push(human(one.file, 'unsearched', 'the search for secrets in it took too long'))
      else one.secrets = found
    }
  }

  const byOld = groupBy(
    looked.filter(({ secrets, tests }) => secrets.length > 0 || tests !== null),
    ({ file }) => blobOf(file.old),
  )
  for await (const contents of blobs.read(byOld.keys())) {
    const group = [...contents].flatMap(([id, bytes]) => (byOld.get(id) ?? []).map((one) => ({ one, id, bytes })))
    for (const { one, bytes } of group) if (one.tests !== null) one.tests.old = declaredTests(textOf(bytes))
    const suspects = group.filter(({ one }) => one.secrets.length > 0)
    for (const [one, found] of await searched(suspects, context, budget)) {
      const before = new Set(found?.map(({ sha256 }) => sha256))
      one.secrets = one.secrets.filter(({ sha256 }) => !before.has(sha256))
    }
  }
  const tested = looked.flatMap(({ file, tests }) => (tests === null ? [] : [{ file, ...tests }]))
  return [...findings, ...secretsOf(looked, policy), ...testFindings(tested, policy)]
}

function secretsOf(looked: readonly Looked[], { secrets: word }: ReviewPolicy): Finding[] {
  const action = word === 'block' ? 'block' : 'human'
  return looked.flatMap(({ file, secrets }) =>
    secrets.map(({ rule, line, sha256 }): Finding => {
      const what = rule === 'known_secret' ? 'a secret of this machine' : `what looks like a secret (${rule})`
      return { rule, action, file: file.path, line, message: `${what} is added`, sha256 }
    }),
  )
}

const human = (file: ChangedFile, rule: string, message: string): Finding => ({
  rule,
  action: 'human',
  file: file.path,
  line: null,
  message,
  sha256: changeOf(file),
})

/** A submodule's id is a commit of another repository. */
const blobOf = (entry: ChangedFile['new']): string[] =>
  entry === null || entry.mode === modes.submodule ? [] : [entry.id]

const isTests = ({ path, oldPath }: ChangedFile): boolean => isTestFile(path) || isTestFile(oldPath)
const emptyTests = (): { old: DeclaredTests; now: DeclaredTests } => ({ old: noTests, now: noTests })
const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

const largeStorage = Buffer.from('version https://git-lfs.github.com/spec/v1\n')

/** Why nobody sees what a file holds, as rule and message; `null`: it can be read. */
function whyUnreadable(bytes: Uint8Array): readonly [string, string] | null {
  if (bytes.includes(0)) return ['binary', 'it is not text, so nobody can read the change']
  if (!largeStorage.equals(bytes.subarray(0, largeStorage.length))) return null
  return ['large_storage', 'its content is kept by Git LFS, and was not searched for secrets']
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)
