import type { Finding } from '../run/review.ts'
import type { ReviewPolicy } from '../plan/review-policy.ts'
import { mostBlobBytes, openBlobs } from './blobs.ts'
import { type ChangedFile, modes } from './changed-files.ts'
import type { ReadGit } from './git.ts'
import { changeOf } from './kinds.ts'
import type { SecretSearch } from './secrets/aside.ts'
import type { FoundSecret } from './secrets/found.ts'
import { type DeclaredTests, declaredTests, isTestFile, missing } from './tests.ts'

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
const mostTitles = 5

/**
 * What the contents of the changed files tell. New files are searched whole, and so are the others, less what stood in
 * the old one: however git would cut a secret into hunks, it is seen, and an old one is not held against the change.
 */
export async function findingsInContents(files: readonly ChangedFile[], context: Context): Promise<Finding[]> {
  const { git, search, secretValues, policy } = context
  const changed = files.filter((file) => file.old?.id !== file.new?.id)
  const blobs = await openBlobs(
    git,
    changed.flatMap((file) => [blobOf(file.old), blobOf(file.new)].flat()),
  )
  const findings: Finding[] = []
  const looked = changed.map((file): Looked => ({ file, secrets: [], tests: isTests(file) ? emptyTests() : null }))

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
    const group = [...contents].flatMap(([id, bytes]) => (byNew.get(id) ?? []).map((one) => ({ one, bytes })))
    for (const { one, bytes } of group) {
      if (isBinary(bytes)) findings.push(human(one.file, 'binary', 'it is not text, so nobody can read the change'))
      if (one.tests !== null) one.tests.now = declaredTests(textOf(bytes))
    }
    const searched = group.map(({ one, bytes }) => ({ path: one.file.path, bytes }))
    for (const [at, found] of (await search.search(searched, secretValues)).entries()) {
      const { one } = group[at]!
      if (found === null) findings.push(human(one.file, 'unsearched', 'the search for secrets in it took too long'))
      else one.secrets = found
    }
  }

  const byOld = groupBy(
    looked.filter(({ secrets, tests }) => secrets.length > 0 || tests !== null),
    ({ file }) => blobOf(file.old),
  )
  for await (const contents of blobs.read(byOld.keys())) {
    const group = [...contents].flatMap(([id, bytes]) => (byOld.get(id) ?? []).map((one) => ({ one, bytes })))
    for (const { one, bytes } of group) if (one.tests !== null) one.tests.old = declaredTests(textOf(bytes))
    const suspects = group.filter(({ one }) => one.secrets.length > 0)
    const searched = suspects.map(({ one, bytes }) => ({ path: one.file.path, bytes }))
    for (const [at, found] of (await search.search(searched, secretValues)).entries()) {
      const { one } = suspects[at]!
      const before = new Set(found?.map(({ sha256 }) => sha256))
      one.secrets = one.secrets.filter(({ sha256 }) => !before.has(sha256))
    }
  }
  return [...findings, ...secretsOf(looked, policy), ...testsOf(looked, policy)]
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

/** Titles are compared over the whole change, because tests move between files. */
function testsOf(looked: readonly Looked[], { removedTests: word }: ReviewPolicy): Finding[] {
  const action = { show: 'note', require_human: 'human', block: 'block' }[word] as Finding['action']
  const withTests = looked.flatMap(({ file, tests }) => (tests === null ? [] : [{ file, ...tests }]))
  const now = withTests.flatMap((one) => one.now.titles)
  const gone = new Set(
    missing(
      withTests.flatMap((one) => one.old.titles),
      now,
    ),
  )
  return withTests.flatMap(({ file, old, now: left }) => {
    const rest = { action, file: file.path, sha256: changeOf(file) }
    const titles = missing(old.titles, left.titles).filter((title) => gone.has(title))
    const shown = titles.slice(0, mostTitles).join(', ') + (titles.length > mostTitles ? ', ...' : '')
    const count = titles.length === 1 ? 'a test is' : `${titles.length} tests are`
    const removed =
      titles.length === 0 ? [] : [{ ...rest, rule: 'tests_removed', line: null, message: `${count} gone: ${shown}` }]
    const newSkips = left.skips.filter(({ text }) => !old.skips.some((before) => before.text === text))
    const skipped = newSkips.map(({ line, text }) => ({
      ...rest,
      rule: 'tests_skipped',
      line,
      message: `a test is kept from running: ${text}`,
    }))
    return [...removed, ...skipped]
  })
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
const isBinary = (bytes: Uint8Array): boolean => bytes.includes(0)
const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)

function groupBy<T>(all: readonly T[], keysOf: (one: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    for (const key of keysOf(one)) groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return groups
}
