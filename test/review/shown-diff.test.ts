import { afterAll, expect, test, vi } from 'vitest'
import { defaultReviewPolicy } from '../../src/plan/review-policy.ts'
import type { FileDiff } from '../../src/ports/reviewer.ts'
import { createReviewer } from '../../src/review/reviewer.ts'
import { Repository, type Tree } from './repository.ts'

const mySecret = 'pale-otter-jumps-7'
const reviewer = createReviewer({ secretValues: [mySecret], path: process.env['PATH'] })
afterAll(() => reviewer.close())
// Each test starts a dozen processes, on machines that are busy with more.
vi.setConfig({ testTimeout: 120_000 })

const ghp = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
const awsSecret = 'aws_secret_access_key = "wJalrXUtnFEMIqK7MDENGqbPxRfiCYqQ3EGSZ7NT"'

async function shown(old: Tree, now: Tree): Promise<{ readonly files: readonly FileDiff[]; readonly cut: boolean }> {
  using repository = new Repository()
  const base = repository.commit(old)
  const commit = repository.commit(now, base)
  const change = { gitDir: repository.gitDir, base, commit }
  const { findings } = await reviewer.review({ ...change, policy: defaultReviewPolicy })
  return await reviewer.diff({ ...change, findings })
}

test('each file has its own hunks, under the name that findings have it by', async () => {
  const old = { 'a "1".txt': 'one\n', b: 'x\n'.repeat(20), link: 'text', z: 'z\n' }
  const now: Tree = {
    'a "1".txt': 'two\n',
    'new\nname': 'x\n'.repeat(20),
    link: { mode: '120000', content: 'z' },
    z: 'Z\n',
  }
  const { files, cut } = await shown(old, now)
  expect(files.map(({ path, old_path: oldPath, status }) => [path, oldPath, status])).toEqual([
    ['a "1".txt', 'a "1".txt', 'modified'],
    ['link', 'link', 'type_changed'],
    ['new\nname', 'b', 'renamed'],
    ['z', 'z', 'modified'],
  ])
  expect(files[0]?.patch).toMatch(/-one\n\+two$/)
  expect(files[1]?.patch).toMatch(/deleted file mode 100644[^]*new file mode 120000/)
  expect(files[3]?.patch).toMatch(/-z\n\+Z$/)
  expect(cut).toBe(false)
})

test('no secret is shown: neither found, nor known, nor one that was there before', async () => {
  const old = { a: `old ${ghp}\n1\n` }
  const now = { a: `old ${ghp}\n2\n${awsSecret}\nuser ${mySecret}\n+++ ${ghp}\n` }
  const text = JSON.stringify(await shown(old, now))
  for (const secret of [ghp, awsSecret.slice(25, 60), mySecret]) expect(text).not.toContain(secret)
  expect(text).toContain('+*** (assigned_secret, 66 characters)')
  expect(text).toContain('+2')
})

test('attributes of the change cannot hide it', async () => {
  const { files } = await shown({}, { '.gitattributes': '* -diff\n', a: 'seen\n' })
  expect(files[1]?.patch).toContain('+seen')
})

test.each(['\r', '\u2028', '\u2029'])('a line that is broken by %j cannot pass for the next file', async (end) => {
  const forged = `1${end}diff --git a/b b/b\nindex 1..2\n`
  const { files } = await shown({ a: '', b: 'b\n', c: 'c\n' }, { a: forged, b: 'evil\n', c: 'C\n' })
  expect(files.map(({ path, patch }) => [path, patch.split('\n').at(-1)])).toEqual([
    ['a', '+index 1..2'],
    ['b', '+evil'],
    ['c', '+C'],
  ])
})

test('what is too much for anybody is cut, and said to be', async () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`f${at}`, `${at}\n`]))
  const { files, cut } = await shown({}, many)
  expect([files.length, cut]).toEqual([1000, true])
  const large = await shown({}, { a: 'line\n'.repeat(100_000) })
  expect(large.cut).toBe(true)
  expect(large.files[0]?.patch.length).toBeLessThan(200_100)
  expect(large.files[0]?.patch).toMatch(/\n\+line\n\n?\\ The rest of what is changed in this file is left out$/)
})

test('of many files with long names those are shown that git can be asked for at once', async () => {
  const folder = Array.from({ length: 9 }, () => 'x'.repeat(240)).join('/')
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`${folder}/f${at}`, `${at}\n`]))
  const { files, cut } = await shown({}, many)
  expect(cut).toBe(true)
  expect(files.length).toBeGreaterThan(100)
})

test('half a secret is not shown where a patch is cut', async () => {
  const { files } = await shown({ a: `${mySecret.repeat(3)}\n`.repeat(6000) }, {})
  expect(files[0]?.patch).toContain('\n-*********\n')
  expect(files[0]?.patch).not.toMatch(/pale|otter/)
})

test('a change of tens of megabytes is shown in its first part, and reviewed as a whole', async () => {
  using repository = new Repository()
  const base = repository.commit({})
  const line = `${'z'.repeat(63)}\n`
  const large = Object.fromEntries(
    Array.from({ length: 5 }, (_, at) => [`f${String(at).padStart(2, '0')}`, `${at}\n${line.repeat(65_000)}`]),
  )
  const commit = repository.commit({ ...large, f99: `${ghp}\n`, huge: line.repeat(100_000) }, base)
  const change = { gitDir: repository.gitDir, base, commit }
  const review = await reviewer.review({ ...change, policy: defaultReviewPolicy })
  expect(review.verdict).toBe('block')
  expect(review.findings.map(({ file, rule }) => [file, rule])).toEqual([
    ['f99', 'github_token'],
    ['huge', 'large_file'],
  ])
  const { files, cut } = await reviewer.diff({ ...change, findings: review.findings })
  expect(cut).toBe(true)
  expect(files.map(({ path }) => path)).toContain('f00')
  expect(files.reduce((sum, { patch }) => sum + patch.length, 0)).toBeLessThan(5_000_000)
  expect(JSON.stringify(files)).not.toContain(ghp)
})
