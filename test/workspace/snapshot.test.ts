import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

test('the files of a folder that points to another repository are kept, of a submodule its commit', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  const { tree } = workspace.paths
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', tree, ...args], { encoding: 'utf8' })
  git('worktree', 'add', '--quiet', 'beside')
  mkdirSync(join(tree, '.git/modules'))
  git('init', '--quiet', '--separate-git-dir=.git/modules/sub', 'sub')
  git('-C', 'sub', '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '--allow-empty', '--message=x')
  git('clone', '--quiet', 'beside', 'linked')
  renameSync(join(tree, 'linked/.git'), join(workspace.paths.folder, 'elsewhere'))
  symlinkSync('../../elsewhere', join(tree, 'linked/.git'))
  for (const name of ['beside', 'linked']) writeFileSync(join(tree, name, 'b.txt'), 'b\n')
  const { commit } = await workspace.keep()
  const entries = repository.git('ls-tree', '-r', '--format=%(objectmode) %(path)', commit).split('\n')
  const files = ['beside/a.txt', 'beside/b.txt', 'linked/a.txt', 'linked/b.txt']
  expect(entries).toEqual(['100644 a.txt', ...files.map((file) => `100644 ${file}`), '160000 sub'])
})

test('a repository in a folder whose name is no UTF-8 is kept like others', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  const make = "git init --quiet $'d\\xff'; echo b > $'d\\xff/b.txt'"
  execFileSync('bash', ['-c', make], { cwd: workspace.paths.tree })
  const { commit, files } = await workspace.keep()
  expect(files).toBe(1)
  expect(repository.git('-c', 'core.quotePath=true', 'ls-tree', '-r', '--name-only', commit)).toContain(
    '"d\\377/b.txt"',
  )
})

test.each(['.gitignore', '.gitattributes', 'inner/.git/HEAD', 'inner/.git', 'a.txt'])(
  'a pipe in place of %s keeps nobody waiting',
  async (name) => {
    using repository = new TestRepository({ 'a.txt': 'a\n', '.gitignore': 'x\n' })
    const workspace = await TestWorkspace.of(repository)
    const { tree } = workspace.paths
    execFileSync('git', ['init', '--quiet', join(tree, 'inner')])
    writeFileSync(join(tree, 'inner/b.txt'), 'b\n')
    rmSync(join(tree, name), { recursive: true, force: true })
    execFileSync('mkfifo', [join(tree, name)])
    const { commit } = await workspace.keep()
    expect(repository.git('show', `${commit}:inner/b.txt`)).toBe('b')
  },
)

test('what lies deeper than git can read is told, and not left out', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  const dig = 'for i in $(seq 50); do mkdir $0; cd $0; done; echo b > b.txt'
  execFileSync('bash', ['-c', dig, 'x'.repeat(100)], { cwd: workspace.paths.tree })
  await expect(workspace.keep()).rejects.toThrow(/^not all of it can be read: .*could not open directory/)
  execFileSync('rm', ['-rf', '--', repository.folder])
})

test('a link in place of the workspace leads nowhere', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  const { tree, folder } = workspace.paths
  renameSync(tree, join(folder, 'moved'))
  symlinkSync(repository.folder, tree)
  await expect(workspace.keep()).rejects.toThrow('"tree" in')
})

test("what was copied along or set up is nobody's change, though a .gitignore of the work has it back", async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n', '.gitignore': '.env\ndeps\n', 'conf/known': 'k\n' })
  repository.write('.env', 'PASSWORD=x\n')
  repository.write('conf/local', 'x\n')
  const setup = { run: 'true', key: [], cache: ['deps'] }
  const workspace = await TestWorkspace.of(repository, { copy: ['.env', 'conf/*'], setup })
  const { tree } = workspace.paths
  mkdirSync(join(tree, 'deps'))
  writeFileSync(join(tree, 'deps/x'), 'x\n')
  writeFileSync(join(tree, '.gitignore'), '!.env\n!deps\n!conf/*\n')
  writeFileSync(join(tree, 'conf/known'), 'changed\n')
  const { commit } = await workspace.keep()
  expect(repository.git('ls-tree', '-r', '--name-only', commit).split('\n')).toEqual([
    '.gitignore',
    'a.txt',
    'conf/known',
  ])
  expect(repository.git('show', `${commit}:conf/known`)).toBe('changed')
})

test('a change is asked for again and stays the same commit', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const workspace = await TestWorkspace.of(repository)
  writeFileSync(join(workspace.paths.tree, 'new.txt'), 'new\n')
  const change = await workspace.keep()
  expect(change).toMatchObject({ files: 1, insertions: 1, deletions: 0 })
  expect(await workspace.keep()).toEqual(change)
})

test.each(['{.env,.other}', './.env', '@(.env|x)', '.e?v', '.env'])(
  "what %s copied along is nobody's change",
  async (glob) => {
    using repository = new TestRepository({ 'a.txt': 'a\n', 'app[1]/b.txt': 'b\n' })
    repository.write('app[1]/.env', 'PASSWORD=x\n')
    const workspace = await TestWorkspace.of(repository, { prefix: 'app[1]', copy: [glob] })
    expect(existsSync(join(workspace.paths.tree, 'app[1]/.env'))).toBe(true)
    expect((await workspace.keep()).files).toBe(0)
  },
)
