import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkWorkingDirectory } from '../../src/workspace/inside.ts'
import { bringFrom, keepIn } from '../../src/workspace/setup-copy.ts'
import { TestRepository } from './repository.ts'
import { done, TestStep } from './step.ts'
import { TestWorkspace } from './workspace.ts'

// What an agent committed as a link leads out of the workspace; the holder goes nowhere through it.

const never = new AbortController().signal

/** A repository with a folder beside it that nobody may read or write. */
function repositoryWithOutside(): { repository: TestRepository; outside: string } {
  const repository = new TestRepository({ 'a.txt': 'a\n' })
  const outside = join(repository.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'secret\n')
  return { repository, outside }
}

test('a file is not copied along through a folder that is a link in the workspace', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  symlinkSync(outside, join(repository.tree, 'config'))
  repository.commit({}, 'link')
  rmSync(join(repository.tree, 'config'))
  repository.write('config/deep/local', 'mine\n')
  await expect(TestWorkspace.of(repository, { copy: ['config/**'] })).rejects.toThrow(/^"config" in ".*" is a link/)
  expect(readdirSync(outside)).toEqual(['secret'])
})

test('a file is not copied along from behind a link of the project folder', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  symlinkSync(outside, join(repository.tree, 'config'))
  await expect(TestWorkspace.of(repository, { copy: ['config/secret'] })).rejects.toThrow(/^"config" in ".*" is a link/)
})

test('nothing is copied along from or to a place beside the project', async () => {
  const { repository } = repositoryWithOutside()
  using _ = repository
  await expect(TestWorkspace.of(repository, { copy: ['../outside/secret'] })).rejects.toThrow(/leads out of/)
})

test.each(['link/secret', 'link/*', '../../outside/secret'])('%s is not kept in the cache', async (pattern) => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  const [root, entry] = [join(repository.folder, 'work/tree'), join(repository.folder, 'setup/entry')]
  mkdirSync(root, { recursive: true })
  symlinkSync(outside, join(root, 'link'))
  await expect(keepIn(entry, { root, prefix: '' }, [pattern], never)).rejects.toThrow(/is a link|leads out of/)
  expect(readdirSync(join(repository.folder, 'setup'))).toEqual([])
})

test('a project folder that is a link is neither kept in the cache nor filled from it', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  const [root, entry] = [repository.tree, join(repository.folder, 'setup/entry')]
  symlinkSync(outside, join(root, 'project'))
  const project = { root, prefix: 'project' }
  await expect(keepIn(entry, project, ['secret'], never)).rejects.toThrow(/"project" in ".*" is a link/)
  mkdirSync(entry, { recursive: true })
  writeFileSync(join(entry, 'new'), 'new\n')
  await expect(bringFrom(entry, project, never)).rejects.toThrow(/"project" in ".*" is a link/)
  expect(readdirSync(outside)).toEqual(['secret'])
})

test('what comes from the cache takes the place of a link to a file, and is not written through one to a folder', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  const [root, entry] = [repository.tree, join(repository.folder, 'setup/entry')]
  const project = { root, prefix: '' }
  mkdirSync(join(entry, 'deps'), { recursive: true })
  writeFileSync(join(entry, 'stamp'), 'new\n')
  writeFileSync(join(entry, 'deps/one'), 'one\n')
  symlinkSync(join(outside, 'secret'), join(root, 'stamp'))
  symlinkSync(outside, join(root, 'deps'))
  await expect(bringFrom(entry, project, never)).rejects.toThrow(/cannot overwrite non-directory/)
  rmSync(join(root, 'deps'))
  await bringFrom(entry, project, never)
  expect(readFileSync(join(root, 'stamp'), 'utf8')).toBe('new\n')
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret\n')
  expect(existsSync(join(outside, 'one'))).toBe(false)
})

test('links within what is kept in the cache stay links, whatever they point to', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  const [root, entry] = [repository.tree, join(repository.folder, 'setup/entry')]
  repository.write('deps/.bin/one', 'one\n')
  symlinkSync(outside, join(root, 'deps/out'))
  await keepIn(entry, { root, prefix: '' }, ['deps', 'deps/*'], never)
  rmSync(join(root, 'deps'), { recursive: true })
  await bringFrom(entry, { root, prefix: '' }, never)
  expect(readdirSync(join(root, 'deps')).toSorted()).toEqual(['.bin', 'out'])
  expect(readdirSync(join(root, 'deps/.bin'))).toEqual(['one'])
  expect(readlinkSync(join(root, 'deps/out'))).toBe(outside)
})

test('nothing is begun where a link in place of the project folder, or in it, leads', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  const root = repository.tree
  const check = (prefix: string, below = '.'): Promise<void> =>
    checkWorkingDirectory({ root, prefix, workingDirectory: join(root, prefix, below) })
  repository.write('app/lib/x.txt', 'x\n')
  symlinkSync('lib', join(root, 'app/alias'))
  symlinkSync(outside, join(root, 'app/out'))
  symlinkSync('app', join(root, 'other'))
  symlinkSync(outside, join(root, 'away'))
  await check('app')
  await check('app', 'alias')
  await check('app', 'missing')
  await check('missing')
  await expect(check('away')).rejects.toThrow(/^"away" in ".*" is a link/)
  await expect(check('other')).rejects.toThrow(/^"other" in ".*" is a link/)
  await expect(check('app', 'out')).rejects.toThrow(/^"app\/out" in ".*" leads out of it/)
  await expect(check('app', '..')).resolves.toBeUndefined()
  await expect(check('app', '../..')).rejects.toThrow(/leads out of it/)
})

test('a step is not begun where a link in place of the project folder leads', async () => {
  const { repository, outside } = repositoryWithOutside()
  using _ = repository
  symlinkSync(outside, join(repository.tree, 'app'))
  repository.commit({}, 'link')
  const result = await new TestStep(repository, { prefix: 'app' }).try(1, done, () => {
    throw new Error('it was begun')
  })
  expect(result).toMatchObject({ outcome: 'failure', cause: 'permission_denied' })
  expect(result.message).toMatch(/^its workspace could not be made: "app" in ".*" is a link/)
})
