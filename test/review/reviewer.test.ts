import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { defaultReviewPolicy, type ReviewPolicy } from '../../src/plan/review-policy.ts'
import { createReviewer } from '../../src/review/reviewer.ts'
import { reviewQuestion } from '../../src/run/review.ts'
import type { ReviewResult } from '../../src/run/review.ts'
import { Repository, type Tree } from './repository.ts'

const mySecret = 'pale-otter-jumps-7'
const reviewer = createReviewer({ secretValues: [mySecret], path: process.env['PATH'] })
afterAll(() => reviewer.close())
// Each test starts a dozen processes, on machines that are busy with more.
vi.setConfig({ testTimeout: 120_000 })

const ghp = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`

async function reviewed(old: Tree, now: Tree, policy: Partial<ReviewPolicy> = {}): Promise<ReviewResult> {
  using repository = new Repository()
  const base = repository.commit(old)
  const commit = repository.commit(now, base)
  return await reviewer.review({
    gitDir: repository.gitDir,
    base,
    commit,
    policy: { ...defaultReviewPolicy, ...policy },
  })
}

const shortly = ({ findings }: ReviewResult): string[] =>
  findings.map(({ action, rule, file, line }) => `${action} ${rule} ${file}${line === null ? '' : `:${line}`}`)

test('a change of ordinary files is approved', async () => {
  const result = await reviewed({ 'a.ts': 'let a = 1\n' }, { 'a.ts': 'let a = 2\n', 'b/c.md': '# c\n' })
  expect([result.verdict, result.findings]).toEqual(['approve', []])
  expect(result.policy).toMatch(/^[0-9a-f]{64}$/)
})

test('a secret blocks, with its line and never itself', async () => {
  const result = await reviewed({}, { 'src/a.ts': `\n\nconst key = '${ghp}'\n` })
  expect(result.verdict).toBe('block')
  expect(shortly(result)).toEqual(['block github_token src/a.ts:3'])
  expect(result.findings[0]?.sha256).toMatch(/^[0-9a-f]{8}$/)
  expect(JSON.stringify(result)).not.toContain(ghp.slice(4, 12))
})

test('a secret that was there before is not held against the change', async () => {
  const before = `key = ${ghp}\n`
  expect((await reviewed({ a: before, b: before }, { a: `new\n${before}`, c: before })).verdict).toBe('approve')
  expect(shortly(await reviewed({ a: before }, { a: before, c: `c\n${before}` }))).toEqual(['block github_token c:2'])
})

test('the values of secrets that orchd knows block in every form, whatever the file is', async () => {
  const base64 = Buffer.from(`user:${mySecret}`).toString('base64')
  const utf16 = Buffer.from(`x = ${mySecret}`, 'utf16le')
  const now = { 'a.bin': `\0\n${mySecret}`, 'b.txt': base64, 'c.txt': utf16, '.gitattributes': '* -diff\n' }
  const result = await reviewed({}, now)
  const blocks = shortly(result).filter((line) => line.startsWith('block'))
  expect(blocks).toEqual(['block known_secret a.bin:2', 'block known_secret b.txt:1', 'block known_secret c.txt:1'])
})

test('secrets that only the run knows are looked for too', async () => {
  using repository = new Repository()
  const base = repository.commit({})
  const commit = repository.commit({ a: 'x of-this-run-only y' })
  const change = { gitDir: repository.gitDir, base, commit, policy: defaultReviewPolicy }
  expect((await reviewer.review(change)).verdict).toBe('approve')
  expect((await reviewer.review({ ...change, secretValues: ['of-this-run-only'] })).verdict).toBe('block')
})

test('a secret in the name of a file blocks, and is masked wherever the file is named', async () => {
  const result = await reviewed({}, { [`notes/${ghp}/package.json`]: '{}', [`${mySecret}.txt`]: '' })
  expect(shortly(result)).toEqual([
    'block known_secret ***.txt',
    'block github_token notes/***/package.json',
    'human protected_file notes/***/package.json',
  ])
})

test('an allowance of the configuration lets exactly one secret in exactly one file through', async () => {
  const now = { a: ghp, b: ghp }
  const { findings } = await reviewed({}, now)
  const { rule, file, sha256 = '' } = findings[0]!
  expect(shortly(await reviewed({}, now, { allow: [{ rule, file, sha256 }] }))).toEqual(['block github_token b:1'])
  const other = await reviewed({}, { a: ghp.replace('a1', 'z9') }, { allow: [{ rule, file, sha256 }] })
  expect(other.verdict).toBe('block')
})

test('protected files need a person under both of their names, at any depth, in any case', async () => {
  const old = { 'package.json': '{"a": 1}', 'db/up.sql': 'select 1, 2, 3, 4, 5', Dockerfile: 'FROM a' }
  const now = { 'p.json': '{"a": 1}', 'db/up.txt': 'select 1, 2, 3, 4, 5', 'sub/.hidden/X.SQL': '', '.github/a/b': '' }
  const result = await reviewed(old, now)
  expect(result.verdict).toBe('require_human')
  expect(shortly(result)).toEqual([
    'human protected_file .github/a/b',
    'human protected_file Dockerfile',
    'human protected_file db/up.txt',
    'human protected_file p.json',
    'human protected_file sub/.hidden/X.SQL',
  ])
  expect(result.findings[3]?.message).toBe('"package.json" is moved away to here; protected by "package.json"')
})

test('protected files block where the policy says so, and only those', async () => {
  const protectedFiles = [
    ...defaultReviewPolicy.protectedFiles,
    { policy: 'block' as const, include: ['src/**'], exclude: ['src/gen/**', 'package.json'] },
  ]
  const now = { 'src/a.ts': 'a', 'src/gen/b.ts': 'b', 'package.json': '{}' }
  expect(shortly(await reviewed({}, now, { protectedFiles }))).toEqual([
    'block protected_file src/a.ts',
    'human protected_file package.json',
  ])
})

test('links, modes, submodules, binaries, large files and files that steer need a person', async () => {
  const now: Tree = {
    link: { mode: '120000', content: '/etc/passwd' },
    'run.sh': { mode: '100755', content: 'x' },
    sub: { mode: '160000', id: '1'.repeat(40) },
    '.gitmodules': '',
    'x.png': '\0\x01',
    'y.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
    'big.txt': 'a'.repeat(5_000_001),
    'a/yarn.lock': '',
    'CLAUDE.md': '',
    'sub2/.claude/settings.json': '{}',
    '.github/workflows/ci.yml': '',
    'docs/CODEOWNERS': '',
    'x/.npmrc': '',
  }
  const result = await reviewed({}, now, { protectedFiles: [] })
  expect([result.verdict, shortly(result).map((line) => line.replace('human ', ''))]).toEqual([
    'require_human',
    [
      'workflow .github/workflows/ci.yml',
      'git_settings .gitmodules',
      'agent_instructions CLAUDE.md',
      'lockfile a/yarn.lock',
      'large_file big.txt',
      'code_owners docs/CODEOWNERS',
      'symlink link',
      'executable run.sh',
      'submodule sub',
      'agent_instructions sub2/.claude/settings.json',
      'binary x.png',
      'registry_settings x/.npmrc',
      'large_storage y.psd',
    ],
  ])
})

test('what a configuration excepts is not sensitive', async () => {
  const protectedFiles = [{ policy: 'require_human' as const, include: ['*.sql'], exclude: ['package-lock.json'] }]
  const now = { 'package-lock.json': '{}', 'go.sum': '' }
  expect(shortly(await reviewed({}, now, { protectedFiles }))).toEqual(['human lockfile go.sum'])
})

test('too many changed files need a person', async () => {
  const result = await reviewed({}, { a: '', b: '', c: '' }, { maxChangedFiles: 2 })
  expect(result.findings.map(({ message }) => message)).toEqual(['3 files are changed; without a person it may be 2'])
  expect(reviewQuestion(result)).toBe('Approve the change? max_changed_files in the whole change')
})

test('tests that are gone or skipped are shown, and block where the policy says so', async () => {
  const old = {
    'test/a.test.ts': `test('one', () => {})\ntest('two', () => {})\ntest('moved', () => {})\n`,
    'test_b.py': 'def test_three():\n  pass\n',
  }
  const now = {
    'test/a.test.ts': `test('one', () => {})\ntest.skip('two', () => {})\n`,
    'test/c.test.ts': `it('moved', f)`,
  }
  const result = await reviewed(old, now)
  expect([result.verdict, shortly(result)]).toEqual([
    'approve',
    ['note tests_skipped test/a.test.ts:2', 'note tests_removed test_b.py'],
  ])
  expect((await reviewed(old, now, { removedTests: 'block' })).verdict).toBe('block')
})

const inOneLine = (titles: readonly string[]): string => titles.map((title) => `test('${title}', () => {});`).join(' ')

test('each of the tests in one line counts', async () => {
  const { findings } = await reviewed(
    { 'a.test.js': inOneLine(['a', 'b', 'c', 'd']) },
    { 'a.test.js': inOneLine(['a', 'd']) },
  )
  expect(findings).toMatchObject([{ rule: 'tests_removed', message: "2 tests are gone: 'b', 'c'" }])
})

test('odd names come through whole', async () => {
  const names = ['new\nline.sql', 'tab\t.sql', 'quote".sql', 'umlaut-ä.sql', ' space .sql', 'back\\slash.sql']
  const result = await reviewed({}, Object.fromEntries(names.map((name, at) => [name, `${at}`])))
  expect(result.findings.map(({ file }) => file).toSorted()).toEqual(names.toSorted())
})

test('more findings than anybody reads are counted', async () => {
  const now = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`${at}.sql`, `${at}`]))
  const { findings, more } = await reviewed({}, { ...now, z: ghp })
  expect([findings.length, more, findings[0]?.rule]).toEqual([100, 31, 'github_token'])
})

test('nothing that the repository or its files configure is run', async () => {
  using repository = new Repository()
  const evil = `touch ${join(repository.gitDir, 'ran')}`
  const config = `[diff]\nexternal = ${evil}\n[diff "x"]\ntextconv = ${evil}\n[core]\nfsmonitor = ${evil}\npager = ${evil}\n`
  const base = repository.commit({ '.gitattributes': '* diff=x filter=x\n', a: 'a' })
  const commit = repository.commit({ '.gitattributes': '* diff=x filter=x\n', a: ghp })
  writeFileSync(join(repository.gitDir, 'config'), `[core]\nbare = true\n${config}`)
  const result = await reviewer.review({ gitDir: repository.gitDir, base, commit, policy: defaultReviewPolicy })
  expect(shortly(result)).toEqual(['block github_token a:1'])
  expect(existsSync(join(repository.gitDir, 'ran'))).toBe(false)
})

test('a commit that is not there leaves the change unreviewed', async () => {
  using repository = new Repository()
  const base = repository.commit({})
  const change = { gitDir: repository.gitDir, base, commit: '2'.repeat(40), policy: defaultReviewPolicy }
  await expect(reviewer.review(change)).rejects.toMatchObject({ code: 'REVIEW_FAILED' })
})

test('the same content under many names is searched once, and told of under each', async () => {
  const now = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`d/${at}.txt`, `x ${ghp}`]))
  const { findings, more = 0 } = await reviewed({}, now)
  expect(findings.length + more).toBe(2000)
})
