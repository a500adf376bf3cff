import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { AgentAdapter, Report } from '../../src/ports/agent.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import { createWorkspaces } from '../../src/workspace/adapter.ts'
import { attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

const nobody: Report = () => {}

/** An attempt whose setup, a part of it, is being taken up; `adopt` lets that be done. Only a stop ends the part. */
async function takenUp(repository: TestRepository) {
  const { stateFolder, tree } = repository
  const base = repository.git('rev-parse', 'HEAD')
  const attaching = Promise.withResolvers<void>()
  const attached = Promise.withResolvers<'adopted'>()
  let part: Report = nobody
  const shell: AgentAdapter = {
    name: 'shell',
    start() {},
    attach(_, report) {
      part = report
      attaching.resolve()
      return attached.promise
    },
    stop: () => part(bareResult('cancellation', 'cancelled', 'the part was stopped')),
  }
  const workspaces = createWorkspaces({
    stateFolder,
    innerFor: () => shell,
    now: Date.now,
    review: () => Promise.reject(new Error('nothing is to be reviewed')),
    pullRequests: { token: () => null, textsOf: () => ({ title: '', body: '' }) },
    writesOutside: 'error',
  })
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const author = { name: 'Ada', email: 'ada@example.org' }
  const context = { ...at, author, notes: [], setup: { run: 'true', key: [], cache: [] } }
  const rest = { context, runId: runId('r00000000000000') }
  const attempt = attemptOf({ stateFolder, spec: { isolation: 'worktree' }, rest })
  const ended = new Promise<AttemptResult>((resolve) => workspaces.start(attempt, resolve))
  await attaching.promise
  return { workspaces, attempt, ended, adopt: () => attached.resolve('adopted') }
}

test('a stop while a part of an attempt is being adopted stops the part', async () => {
  using repository = new TestRepository()
  const { workspaces, attempt, ended, adopt } = await takenUp(repository)
  workspaces.stop(attempt, 'cancelled')
  adopt()
  const { outcome, message } = await ended
  expect([outcome, message]).toEqual(['cancellation', expect.stringContaining('the part was stopped')])
})

test('a holder that closes while a part of an attempt is being adopted does not wait for the part', async () => {
  using repository = new TestRepository()
  const { workspaces, adopt } = await takenUp(repository)
  const closed = workspaces.close()
  adopt()
  await expect(closed).resolves.toBeUndefined()
})
