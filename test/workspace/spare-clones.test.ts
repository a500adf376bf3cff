import { execFileSync } from 'node:child_process'
import { utimesSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addressOf } from '../../src/workspace/clone/address.ts'
import { cloneOf } from '../../src/workspace/clone/clone.ts'
import { spareClones } from '../../src/workspace/clone/spare-clones.ts'
import { TestRepository } from './repository.ts'

const git = (gitDir: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', gitDir, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()

/** A clone that nobody has used since 1970, and what gc is told of it. */
async function unused({ stateFolder, tree }: TestRepository) {
  const url = `file://${tree}`
  const address = addressOf(url)
  if (!address.ok) throw new Error(address.error.message)
  const fetched = () => cloneOf({ stateFolder, address: address.value, token: null })
  const { gitDir } = await fetched()
  utimesSync(gitDir, 0, 0)
  const spare = async ({ kept = false, atWork = false, named = false } = {}) => {
    const [one, ...rest] = await spareClones({
      stateFolder,
      hasRun: () => kept,
      isAtWork: (at) => atWork && at === gitDir,
      isOfKept: (at) => named && at === gitDir,
    })
    expect(rest).toEqual([])
    return one!
  }
  return { url, gitDir, spare, fetched }
}

test('a clone that nobody needs can be removed', async () => {
  using repository = new TestRepository()
  const { url, gitDir, spare } = await unused(repository)
  const found = await spare()
  expect(found).toMatchObject({ what: 'clone', path: gitDir, of: url, run: null, useless: null, usedAt: 0 })
  expect(found.inUse()).toBe(false)
})

test('a clone in which a run works, or that was fetched just now, is in use', async () => {
  using repository = new TestRepository()
  const { spare, fetched } = await unused(repository)
  expect((await spare({ atWork: true })).inUse()).toBe(true)
  await fetched()
  expect((await spare()).inUse()).toBe(true)
})

test('a clone that alone has the result of a run is in use, until the remote has it and the run is gone', async () => {
  using repository = new TestRepository()
  const { gitDir, url, spare } = await unused(repository)
  const commit = git(gitDir, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit-tree', '-m', 'x', 'refs/remotes/origin/main^{tree}') // prettier-ignore
  git(gitDir, 'update-ref', 'refs/orchd/r00000000000000/one', commit)
  expect((await spare()).inUse()).toBe(true)
  git(gitDir, 'push', '--quiet', url, `${commit}:refs/heads/result`)
  git(gitDir, 'fetch', '--quiet', url, '+refs/heads/*:refs/remotes/origin/*')
  utimesSync(gitDir, 0, 0)
  expect((await spare({ kept: true })).inUse()).toBe(true)
  expect((await spare({ named: true })).inUse()).toBe(true)
  expect((await spare()).inUse()).toBe(false)
})

test('what comes in before it is removed keeps it', async () => {
  using repository = new TestRepository()
  const { gitDir, spare } = await unused(repository)
  const found = await spare()
  const commit = git(gitDir, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit-tree', '-m', 'x', 'refs/remotes/origin/main^{tree}') // prettier-ignore
  git(gitDir, 'update-ref', 'refs/heads/result', commit)
  await found.release()
  expect(found.inUse()).toBe(true)
})

test('a clone that is fetched for a new run before it is removed is in use', async () => {
  using repository = new TestRepository()
  const { spare, fetched } = await unused(repository)
  const found = await spare()
  await fetched()
  expect(found.inUse()).toBe(true)
})
