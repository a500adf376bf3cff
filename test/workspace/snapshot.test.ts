import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

test('a submodule goes where the work moved it, or goes away', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const before = repository.git('rev-parse', 'HEAD')
  for (const name of ['moved', 'gone', 'replaced/by'])
    repository.git('update-index', '--add', '--cacheinfo', `160000,${before},${name}`)
  repository.git('commit', '--quiet', '--message=submodules')
  const workspace = await TestWorkspace.of(repository)
  const { tree } = workspace.paths
  for (const name of ['moved', 'replaced/by'])
    execFileSync('git', ['-C', tree, 'clone', '--quiet', repository.tree, name])
  rmSync(join(tree, 'gone'), { recursive: true })
  renameSync(join(tree, 'replaced'), join(tree, 'real'))
  symlinkSync('real', join(tree, 'replaced'))
  const { commit } = await workspace.keep()
  const entries = repository.git('ls-tree', '-r', '--format=%(objectmode) %(path)', commit).split('\n')
  expect(entries).toEqual(['100644 a.txt', '160000 moved', '100644 real/by/a.txt', '120000 replaced'])
  expect(repository.git('rev-parse', `${commit}:moved`)).toBe(repository.git('rev-parse', 'HEAD'))
})

test('the files of a repository that the work made within its own are kept, with and without a commit in it', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  const { tree } = workspace.paths
  for (const name of ['new', 'old', 'old/deep']) {
    execFileSync('git', ['init', '--quiet', join(tree, name)])
    writeFileSync(join(tree, name, 'b.txt'), 'b\n')
  }
  execFileSync('git', ['-C', join(tree, 'old/deep'), 'add', '.'])
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@x']
  execFileSync('git', ['-C', join(tree, 'old/deep'), ...who, 'commit', '--quiet', '--message=x'])
  const { commit, files } = await workspace.keep()
  expect(files).toBe(3)
  expect(repository.git('show', `${commit}:new/b.txt`)).toBe('b')
  expect(repository.git('show', `${commit}:old/deep/b.txt`)).toBe('b')
})

test('a change is asked for again and stays the same commit', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'new.txt'), 'new\n')
  const change = await workspace.keep()
  expect(change).toMatchObject({ files: 1, insertions: 1, deletions: 0 })
  expect(await workspace.keep()).toEqual(change)
})
