import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../../demo/support/orchd.ts'
import { TestRepository } from './repository.ts'
import { TestWorkspace } from './workspace.ts'

test('a change of the same size in the second of the checkout is seen', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'a.txt'), 'b\n')
  const second = Math.floor(Date.now() / 1000)
  await until('that second is over', () => Math.floor(Date.now() / 1000) > second)
  const { commit, files } = await workspace.keep()
  expect(files).toBe(1)
  expect(repository.git('show', `${commit}:a.txt`)).toBe('b')
})

test('a submodule stays what it is, though its folder is empty', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const inner = repository.git('rev-parse', 'HEAD')
  repository.git('update-index', '--add', '--cacheinfo', `160000,${inner},inner`)
  repository.git('commit', '--quiet', '--message=submodule')
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'a.txt'), 'changed\n')
  const { commit, files } = await workspace.keep()
  expect(files).toBe(1)
  expect(repository.git('ls-tree', commit, 'inner')).toBe(`160000 commit ${inner}\tinner`)
})

test('a change is asked for again and stays the same commit', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'new.txt'), 'new\n')
  const change = await workspace.keep()
  expect(change).toMatchObject({ files: 1, insertions: 1, deletions: 0 })
  expect(await workspace.keep()).toEqual(change)
})
