import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { AgentAdapter, Attempt } from '../../src/ports/agent.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import type { ReviewResult } from '../../src/run/review.ts'
import { createWorkspaces } from '../../src/workspace/adapter.ts'
import type { WorkspaceOptions } from '../../src/workspace/options.ts'
import { type AttemptSketch as Sketch, attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

const told = {
  usage: { inputTokens: 100, outputTokens: 10 },
  costUsd: 0.5,
  costSource: 'reported',
  session: 's-1',
} as const
const passed: ReviewResult = { verdict: 'approve', policy: 'p', tree: 't', findings: [] }

/** An attempt whose agent does `work` in its workspace, succeeds and tells what it cost. */
function worked(
  from: TestRepository,
  review: WorkspaceOptions['review'],
  work: (attempt: Attempt) => void,
  more: Pick<Sketch, 'spec' | 'rest'> = {},
): Promise<AttemptResult> {
  const { stateFolder, tree } = from
  const base = from.git('rev-parse', 'HEAD')
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const context = { ...at, author: { name: 'Ada', email: 'ada@example.org' }, notes: [] }
  const agent: AgentAdapter = {
    name: 'agent',
    start(attempt, report) {
      work(attempt)
      setImmediate(() => report({ ...bareResult('success', null, 'done'), ...told }))
    },
    attach: () => Promise.resolve('unclaimed'),
    stop() {},
  }
  const workspaces = createWorkspaces({
    stateFolder,
    innerFor: () => agent,
    now: Date.now,
    review,
    pullRequests: { token: () => null, textsOf: () => ({ title: '', body: '' }) },
    writesOutside: 'error',
  })
  const attempt = attemptOf({
    stateFolder,
    spec: { isolation: 'worktree', ...more.spec },
    rest: { context, runId: runId('r00000000000000'), ...more.rest },
  })
  return new Promise((resolve) => workspaces.start(attempt, resolve))
}

const changes = ({ root }: Attempt): void => writeFileSync(join(root, 'a.txt'), 'changed\n')

test('what an agent told stays told when its change cannot be reviewed', async () => {
  using repository = new TestRepository()
  const result = await worked(repository, () => Promise.reject(new Error('no room')), changes)
  expect(result).toMatchObject({ outcome: 'error', cause: 'transient', change: { files: 1 }, ...told })
  expect(result.message).toBe('its change could not be reviewed: no room')
})

test('what an agent told stays told when what it changed cannot be kept', async () => {
  using repository = new TestRepository()
  const result = await worked(
    repository,
    () => Promise.resolve(passed),
    (attempt) => {
      changes(attempt)
      // No ref can be made below a file.
      rmSync(join(repository.tree, '.git/refs/orchd'), { recursive: true, force: true })
      writeFileSync(join(repository.tree, '.git/refs/orchd'), '')
    },
  )
  expect(result).toMatchObject({ outcome: 'error', cause: 'transient', ...told })
  expect(result.message).toMatch(/^what it changed could not be kept: /)
})

test('a trouble that passes does not undo the work of an agent', async () => {
  using repository = new TestRepository()
  let looks = 0
  const review = (): Promise<ReviewResult> =>
    ++looks === 1 ? Promise.reject(new Error('no room')) : Promise.resolve(passed)
  expect(await worked(repository, review, changes)).toMatchObject({ outcome: 'success', ...told })
  expect(looks).toBe(2)
})

function conflicting(repository: TestRepository): readonly string[] {
  const base = repository.git('rev-parse', 'HEAD')
  return ['one\n', 'two\n'].map((text, side) => {
    repository.git('checkout', '--quiet', '-B', `side${side}`, base)
    return repository.commit({ 'a.txt': text }, `side ${side}`)
  })
}

test('what an agent used to resolve a conflict stays told when its resolution cannot be looked at', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const heads = conflicting(repository)
  const result = await worked(
    repository,
    () => Promise.resolve(passed),
    ({ root }) => rmSync(join(root, '../index')),
    {
      spec: { body: { kind: 'integrate', onConflict: 'resolve_with_agent', verify: null } },
      rest: { heads, agent: 'claude_code' },
    },
  )
  const { usage, costUsd } = told
  expect(result).toMatchObject({ outcome: 'error', cause: 'transient', usage, costUsd })
})

const approved = (): Promise<ReviewResult> => Promise.resolve(passed)

test('what ends before an agent begins is known to have cost nothing', async () => {
  using repository = new TestRepository({ 'a.txt': 'a\n' })
  const rest = { heads: conflicting(repository), agent: 'claude_code' }
  const nothing = { usage: { inputTokens: 0, outputTokens: 0 }, costUsd: 0 }
  expect(await worked(repository, approved, changes, { rest })).toMatchObject({ cause: 'merge_conflict', ...nothing })
  const without = { rest: { ...rest, heads: ['0'.repeat(40)] } }
  expect(await worked(repository, approved, changes, without)).toMatchObject({ cause: 'transient', ...nothing })
})
