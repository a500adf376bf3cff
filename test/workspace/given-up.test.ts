import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { integrate } from '../../src/workspace/integrate.ts'
import { workspacePaths } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { ownResult } from '../../src/workspace/result.ts'
import { attemptOf } from '../agents/attempt.ts'
import { step } from '../support/plans.ts'
import { TestRepository } from './repository.ts'

const body = { kind: 'integrate', onConflict: 'resolve_with_agent', verify: null } as const

/** A merge of two sides that conflict in a.txt, of which each may have more files, and what comes of an agent's work. */
async function resolvedBy(
  from: TestRepository,
  more: { readonly [path: string]: string },
  work: (tree: string) => void,
  own: { readonly [path: string]: string } = {},
  prepare: (tree: string, side: number) => void = () => {},
): Promise<AttemptResult> {
  const { stateFolder, tree } = from
  const base = from.git('rev-parse', 'HEAD')
  const heads = [
    { 'a.txt': 'one\n', ...own },
    { 'a.txt': 'two\n', ...more },
  ].map((files, side) => {
    from.git('checkout', '--quiet', '-B', `side${side}`, base)
    prepare(tree, side)
    return from.commit(files, `side ${side}\n\nOrchd-Step: --edit-description`)
  })
  const author = { name: 'Ada', email: 'ada@example.org' }
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const context = { ...at, author, notes: [] }
  const repository = await openRepository(stateFolder, context)
  const rest = { context, runId: runId('r00000000000000'), heads }
  const attempt = attemptOf({ stateFolder, spec: step('join', [], { body }), rest })
  return integrate(attempt, {
    stateFolder,
    repository,
    context,
    signal: new AbortController().signal,
    perform: async (part, makePlace) => {
      await makePlace()
      work(workspacePaths(stateFolder, part).tree)
      return ownResult('success', null, null)
    },
    placed: (one) => one,
    paid: [],
  })
}

const git = (tree: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', tree, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

test.each([
  ['aborted', ['merge', '--abort']],
  ['reset to the side that was checked out', ['reset', '--quiet', '--hard']],
])('a merge that an agent %s is not resolved', async (_, args) => {
  using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const result = await resolvedBy(repository, { 'b.txt': 'of two\n', 'c.txt': 'of two\n' }, (tree) =>
    git(tree, ...args),
  )
  const message = expect.stringContaining('gave the merge up: what it brought to b.txt, c.txt is gone')
  expect(result).toMatchObject({ outcome: 'failure', cause: 'merge_conflict', message })
})

test('an agent may take back one of the files that the merge brought, and adapt others', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const result = await resolvedBy(repository, { 'b.txt': 'of two\n', 'c.txt': 'of two\n' }, (tree) => {
    for (const [file, text] of Object.entries({ 'a.txt': 'both\n', 'b.txt': 'b\n', 'c.txt': 'adapted\n' }))
      writeFileSync(join(tree, file), text)
  })
  expect(result).toMatchObject({ outcome: 'success' })
})

test('one side may be all that is to be kept of a conflict', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const result = await resolvedBy(repository, {}, (tree) => git(tree, 'checkout', '--quiet', '--ours', 'a.txt'))
  expect(result).toMatchObject({ outcome: 'success' })
})

test('a merge of which only the other side is left is not resolved', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const result = await resolvedBy(
    repository,
    { 'c.txt': 'of two\n' },
    (tree) => git(tree, 'reset', '--quiet', '--hard', 'MERGE_HEAD'),
    { 'b.txt': 'of one\n' },
  )
  const message = expect.stringContaining('gave the merge up: what it brought to b.txt is gone')
  expect(result).toMatchObject({ outcome: 'failure', cause: 'merge_conflict', message })
})

test('a file that one side ignores and the other has stays in the merge', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const result = await resolvedBy(
    repository,
    { 'out/x': 'of two\n' },
    (tree) => writeFileSync(join(tree, 'a.txt'), 'both\n'),
    { '.gitignore': 'out/\n' },
  )
  expect(result).toMatchObject({ outcome: 'success' })
  expect(repository.git('show', `${result.change?.commit}:out/x`)).toBe('of two')
})

const conflictText = '<<<<<<< one\none\n=======\ntwo\n>>>>>>> two\n'

const writeOdd = (tree: string, text: string): Buffer =>
  execFileSync('bash', ['-c', "printf '%s' \"$0\" > $'n\\xff'", text], { cwd: tree })

test('marks of a conflict are found in a file whose name is no UTF-8', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const result = await resolvedBy(
    repository,
    {},
    (tree) => {
      writeOdd(tree, conflictText)
      writeFileSync(join(tree, 'a.txt'), 'both\n')
    },
    {},
    (tree, side) => void writeOdd(tree, `of ${side}\n`),
  )
  expect(result).toMatchObject({ outcome: 'failure', cause: 'merge_conflict' })
  expect(result.message).toContain('left marks of the conflict in n\uFFFD')
})

test('a conflict in more files than a command line holds is one like others', { timeout: 60_000 }, async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const folder = Array.from({ length: 8 }, () => 'x'.repeat(240)).join('/')
  const files = (text: string): { readonly [path: string]: string } =>
    Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`${folder}/${at}`, text]))
  const result = await resolvedBy(
    repository,
    files('two\n'),
    (tree) => {
      for (const [path, text] of Object.entries(files('both\n'))) writeFileSync(join(tree, path), text)
      writeFileSync(join(tree, folder, '700'), conflictText)
    },
    files('one\n'),
  )
  expect(result.message).toMatch(/left marks of the conflict in a\.txt, x{240}\//)
})
