import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bringIn } from '../../src/surfaces/cli/commands/apply.ts'
import { TestRepository } from '../workspace/repository.ts'

/** A result that is not checked out: two commits, and the work tree at the first of them. */
function result(repository: TestRepository, files: { readonly [path: string]: string }): readonly [string, string] {
  const base = repository.git('rev-parse', 'HEAD')
  const commit = repository.commit(files, 'result')
  repository.git('reset', '--quiet', '--hard', base)
  return [base, commit]
}

const settings = [
  ['diff.noprefix', 'true'],
  ['diff.mnemonicPrefix', 'true'],
  ['diff.context', '0'],
  ['color.ui', 'always'],
] as const

test.each(settings)('with %s %s in the settings each file still comes to its place', async (name, value) => {
  using repository = new TestRepository({ 'src/a.txt': '1\n2\n3\n' })
  const [base, commit] = result(repository, { 'src/a.txt': '1\n2\n4\n', 'src/new.txt': 'new\n' })
  repository.git('config', name, value)
  expect(await bringIn(join(repository.tree, 'src'), base, commit, 'r1')).toEqual({
    top: repository.tree,
    changed: true,
  })
  expect(repository.git('status', '--porcelain', '--untracked-files=all').split('\n')).toEqual([
    'M src/a.txt',
    '?? src/new.txt',
  ])
})

test('a text in another encoding stays as it is', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const base = repository.git('rev-parse', 'HEAD')
  const latin = Buffer.from('caf\u00e9\n', 'latin1')
  writeFileSync(join(repository.tree, 'latin.txt'), latin)
  const commit = repository.commit({}, 'result')
  repository.git('reset', '--quiet', '--hard', base)
  await bringIn(repository.tree, base, commit, 'r1')
  expect(readFileSync(join(repository.tree, 'latin.txt'))).toEqual(latin)
})

test('where something that is not committed is in the way, nothing is changed', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const [base, commit] = result(repository, { 'a.txt': 'A\n', 'b.txt': 'B\n' })
  repository.write('b.txt', 'mine\n')
  await expect(bringIn(repository.tree, base, commit, 'r1')).rejects.toThrow('nothing was changed')
  expect(readFileSync(join(repository.tree, 'a.txt'), 'utf8')).toBe('a\n')
})

test('a result without a change changes nothing', async () => {
  using repository = new TestRepository()
  const base = repository.git('rev-parse', 'HEAD')
  expect(await bringIn(repository.tree, base, base, 'r1')).toEqual({ top: repository.tree, changed: false })
})
