import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId, stepId } from '../../src/base/ids.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import { attemptRef, stepRef } from '../../src/workspace/names.ts'
import { OverlapForecast } from '../../src/workspace/overlap/forecast.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { changeOf } from '../../src/workspace/snapshot.ts'
import { attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

test('what steps that are over changed is told also when the workspace of another is gone in that moment', async () => {
  using from = new TestRepository({ 'a.txt': 'a\n' })
  const { stateFolder, tree } = from
  const base = from.git('rev-parse', 'HEAD')
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const context = { ...at, author: { name: 'Ada', email: 'ada@example.org' }, notes: [] }
  const rest = { context, runId: runId('r00000000000000') }
  const attemptAt = (step: string): Attempt =>
    attemptOf({ stateFolder, step, spec: { isolation: 'worktree' }, rest: { ...rest, step: stepId(step) } })
  const changedBy = (step: string): string => {
    from.git('checkout', '--quiet', '--detach', base)
    const commit = from.commit({ 'a.txt': step }, `${step}\n\nOrchd-Step: ${step}`)
    for (const ref of [stepRef(attemptAt(step)), attemptRef(attemptAt(step))]) from.git('update-ref', ref, commit)
    return commit
  }
  changedBy('over')
  const repository = await openRepository(stateFolder, context)
  const change = await changeOf(repository, base, changedBy('one'))
  const found = await new OverlapForecast(stateFolder).of(repository, attemptAt('one'), change, [attemptAt('gone')])
  expect(found).toEqual([{ step: 'over', attempt: 1, count: 1, files: ['a.txt'] }])
})
