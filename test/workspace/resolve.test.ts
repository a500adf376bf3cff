import { chmodSync, mkdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import type { RunContext } from '../../src/run/change.ts'
import { resolveContext } from '../../src/workspace/resolve.ts'
import { TestRepository } from './repository.ts'

const resolved = (repository: TestRepository, context: JsonObject = {}, folder = '.'): Promise<RunContext> =>
  resolveContext({
    context,
    projectFolder: join(repository.tree, folder),
    stateFolder: repository.stateFolder,
    pullRequest: null,
    token: null,
  })

const refusal = async (found: Promise<RunContext>): Promise<object> =>
  found.then(
    () => expect.unreachable('it was accepted'),
    ({ code, message, help }) => ({ code, message, help }),
  )

describe('a context', () => {
  test('starts from HEAD, in the name of who works in the repository', async () => {
    using repository = new TestRepository()
    expect(await resolved(repository)).toEqual({
      gitDir: join(repository.tree, '.git'),
      workTree: repository.tree,
      prefix: '',
      base: repository.git('rev-parse', 'HEAD'),
      baseName: 'HEAD',
      branch: null,
      author: { name: 'Ada', email: 'ada@example.org' },
      notes: [],
    })
  })

  test('starts from the tip of the result branch where there is one, unless it says from what', async () => {
    using repository = new TestRepository()
    const first = repository.git('rev-parse', 'HEAD')
    repository.git('branch', 'feature/x')
    repository.commit({ 'b.txt': 'b\n' }, 'second')
    expect(await resolved(repository, { branch: 'feature/x' })).toMatchObject({ base: first, baseName: 'feature/x' })
    const main = await resolved(repository, { branch: 'feature/x', base: 'main' })
    expect(main.base).toBe(repository.git('rev-parse', 'main'))
    expect(await resolved(repository, { base: first.slice(0, 10) })).toMatchObject({ base: first })
  })

  test('starts from a branch, not from a tag of the same name', async () => {
    using repository = new TestRepository({ 'a.txt': 'a\n' })
    repository.git('tag', 'twice')
    const tip = repository.commit({ 'a.txt': 'b\n' }, 'second')
    repository.git('branch', 'twice')
    for (const context of [{ branch: 'twice' }, { base: 'twice' }])
      expect(await resolved(repository, context)).toMatchObject({ base: tip, baseName: 'twice' })
  })

  test('tells of no file that git itself counts as committed: other ends of lines, modes, filters', async () => {
    using repository = new TestRepository({ 'a.txt': 'a\n', 'b.up': 'b\n', '.gitattributes': '*.up filter=up\n' })
    repository.git('config', 'filter.up.clean', 'tr a-z A-Z')
    repository.git('config', 'core.autocrlf', 'true')
    repository.git('config', 'core.fileMode', 'false')
    repository.git('add', '--renormalize', '.')
    repository.git('commit', '--quiet', '--message=filtered')
    rmSync(join(repository.tree, 'a.txt'))
    repository.git('checkout', '--quiet', '--', 'a.txt')
    chmodSync(join(repository.tree, 'a.txt'), 0o755)
    repository.git('status')
    // As right behind a clone: git looks into each file, because the index is not younger than they are.
    utimesSync(join(repository.tree, '.git/index'), 1, 1)
    expect(repository.git('status', '--porcelain')).toBe('')
    utimesSync(join(repository.tree, '.git/index'), 1, 1)
    expect((await resolved(repository)).notes).toEqual([])
    repository.write('b.up', 'c and more\n')
    expect((await resolved(repository)).notes).toEqual([expect.stringMatching(/^1 file that is not committed/)])
  })

  test('of a folder in the repository works in that folder', async () => {
    using repository = new TestRepository({ 'packages/api/a.txt': 'a\n' })
    expect(await resolved(repository, {}, 'packages/api')).toMatchObject({
      prefix: 'packages/api',
      workTree: repository.tree,
    })
  })

  test('of a linked work tree is that of the one repository', async () => {
    using repository = new TestRepository()
    repository.git('worktree', 'add', '--quiet', '-b', 'other', join(repository.folder, 'linked'))
    const context = await resolveContext({
      context: {},
      projectFolder: join(repository.folder, 'linked'),
      stateFolder: repository.stateFolder,
      pullRequest: null,
      token: null,
    })
    expect(context).toMatchObject({
      gitDir: join(repository.tree, '.git'),
      workTree: join(repository.folder, 'linked'),
      notes: [],
    })
  })

  test('says what is not committed, and writes nothing into the repository', async () => {
    using repository = new TestRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitignore': 'ignored\n' })
    for (const path of ['a.txt', 'new.txt', 'ignored']) repository.write(path, 'changed\n')
    repository.git('add', 'a.txt')
    repository.write('b.txt', 'b\n') // touched, and as it was
    const before = repository.git('status', '--porcelain')
    const { notes } = await resolved(repository)
    expect(notes).toEqual([expect.stringMatching(/^2 files that are not committed are no part of the run: .*HEAD/)])
    expect(repository.git('status', '--porcelain')).toBe(before)
  })

  test('says that HEAD is detached', async () => {
    using repository = new TestRepository()
    repository.git('checkout', '--quiet', '--detach')
    expect((await resolved(repository)).notes).toEqual([expect.stringMatching(/^HEAD is detached/)])
  })
})

test('submodules and files in Git LFS are told of, and a shallow clone works', async () => {
  using repository = new TestRepository({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' })
  repository.git('update-index', '--add', '--cacheinfo', `160000,${repository.git('rev-parse', 'HEAD')},inner`)
  repository.git('commit', '--quiet', '--message=submodule')
  const shallow = join(repository.folder, 'shallow')
  repository.git('clone', '--quiet', '--depth=1', `file://${repository.tree}`, shallow)
  const { stateFolder } = repository
  const { notes, base } = await resolveContext({
    context: {},
    projectFolder: shallow,
    stateFolder,
    pullRequest: null,
    token: null,
  })
  expect(base).toBe(repository.git('rev-parse', 'HEAD'))
  expect(notes.slice(0, 2)).toEqual([expect.stringContaining('Git LFS'), expect.stringContaining('submodules')])
})

describe('a context is refused before the start, with what to do', () => {
  test('without a repository', async () => {
    using repository = new TestRepository()
    const projectFolder = join(repository.folder, 'nowhere')
    mkdirSync(projectFolder)
    const found = resolveContext({
      context: {},
      projectFolder,
      stateFolder: repository.stateFolder,
      pullRequest: null,
      token: null,
    })
    expect(await refusal(found)).toMatchObject({
      code: 'CONTEXT_UNUSABLE',
      message: expect.stringContaining('in no git repository'),
      help: expect.stringContaining('git init'),
    })
  })

  test('of a repository that is empty', async () => {
    using repository = new TestRepository(null)
    expect(await refusal(resolved(repository))).toMatchObject({ message: expect.stringContaining('no commit yet') })
  })

  test('of a bare repository', async () => {
    using repository = new TestRepository()
    repository.git('clone', '--quiet', '--bare', '.', 'bare.git')
    expect(await refusal(resolved(repository, { repository: 'bare.git' }))).toMatchObject({
      message: expect.stringContaining('is bare'),
      help: expect.stringContaining('git worktree add'),
    })
  })

  test.each([
    [{ base: 'nope' }, 'no commit "nope"'],
    [{ base: '--all' }, 'no commit "--all"'],
    [{ branch: 'a..b' }, 'cannot be the name of a branch'],
    [{ branch: '-x' }, 'cannot be the name of a branch'],
    [{ repository: 'nowhere' }, 'is not there'],
    [{ repository: 'a.txt' }, '"a.txt" is no folder'],
    [{ branch: 'main/x' }, '"main/x" cannot be made beside the branch "main"'],
    [{ branch: 'HEAD' }, 'cannot be the name of a branch'],
    [{ repository: 'ext::sh -c id' }, '"ext::sh -c id" cannot be cloned'],
    [{ repository: 'git://example.org/a.git' }, 'cannot be cloned'],
  ])('with %j', async (context, message) => {
    using repository = new TestRepository()
    expect(await refusal(resolved(repository, context))).toMatchObject({ message: expect.stringContaining(message) })
  })

  test('for a result that no branch has room for', async () => {
    using repository = new TestRepository()
    repository.git('branch', 'feature/x')
    expect(await refusal(resolved(repository, { branch: 'feature' }))).toMatchObject({
      message: 'a branch "feature" cannot be made beside the branch "feature/x"',
      help: 'choose another "branch" in the context',
    })
    expect(await resolved(repository, { branch: 'feature/x-y' })).toMatchObject({ branch: 'feature/x-y' })
    repository.git('branch', 'orchd')
    expect(await refusal(resolved(repository))).toMatchObject({
      message: expect.stringMatching(/^a branch "orchd\/<run>" cannot be made beside the branch "orchd"/),
    })
  })

  test('of a partial clone', async () => {
    using repository = new TestRepository()
    repository.git('config', 'remote.origin.promisor', 'true')
    expect(await refusal(resolved(repository))).toMatchObject({ message: expect.stringContaining('partial clone') })
  })

  test('for a folder that is not committed', async () => {
    using repository = new TestRepository()
    mkdirSync(join(repository.tree, 'new'))
    expect(await refusal(resolved(repository, {}, 'new'))).toMatchObject({ message: expect.stringContaining('"new"') })
  })
})
