import { afterAll, expect, test } from 'vitest'
import { pullRequestBase } from '../../src/workspace/pull-request/base.ts'
import { TestRepository } from './repository.ts'

const repository = new TestRepository()
for (const name of ['main', 'develop', 'release/1']) repository.git('update-ref', `refs/remotes/origin/${name}`, 'HEAD')
repository.git('branch', 'local')
repository.git('tag', 'v1')
afterAll(() => repository[Symbol.dispose]())

const baseOf = (asked: string | null, baseName: string, branch: string | null = 'result') =>
  pullRequestBase({ asked, baseName, branch }, { GIT_DIR: `${repository.tree}/.git` })

test.each([
  ['origin/develop', 'develop', 'HEAD'],
  ['origin/release/1', 'release/1', 'main'],
  ['main', 'main', 'develop'],
  ['refs/heads/main', 'main', 'develop'],
  ['refs/remotes/origin/main', 'main', 'develop'],
])('asked for %s it is for %s', async (asked, branch, baseName) => {
  expect(await baseOf(asked, baseName)).toEqual({ branch, notes: [] })
})

test.each([
  ['main', 'main'],
  ['origin/develop', 'develop'],
  ['HEAD', null],
  ['result', null],
  ['v1', null],
  ['HEAD~1', null],
])('of work that began with %s it is for %s', async (baseName, branch) => {
  expect(await baseOf(null, baseName)).toEqual({ branch, notes: [] })
})

test.each([
  [null, 'local', 'local'],
  ['origin/gone', 'HEAD', 'gone'],
])('that the remote may not have it is told (%s, %s)', async (asked, baseName, branch) => {
  const note = `the pull request is for "${branch}", which "origin" did not have when it was fetched last: push it before the run ends`
  expect(await baseOf(asked, baseName)).toEqual({ branch, notes: [note] })
})
