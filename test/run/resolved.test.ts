import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { resolvedUpTo } from '../../src/run/conflicted.ts'
import type { StepState } from '../../src/run/state.ts'
import { plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'

const body = { kind: 'integrate', onConflict: 'ask', verify: null } as const
const id = stepId('join')
const conflict = { ...failure, cause: 'merge_conflict' as const }
const retry = { maxAttempts: 3, backoff: 'fixed', delayMs: 1000, maxDelayMs: 1000, on: ['transient'] } as const

/** A person approved what attempt 1 asked, and attempt 2 runs. */
const resolving = (onCrash: 'ask' | 'retry' = 'ask'): KernelRun =>
  new KernelRun(plan([step('join', [], { body, retry, onCrash })]))
    .start('join', 'orchd')
    .finish('join', conflict)
    .answer('join', 'approve')
    .start('join', 'orchd')

const state = (run: KernelRun): StepState => run.state.states.get(run.index('join'))

const lose = (run: KernelRun): KernelRun => run.apply({ type: 'attempt_lost', at: run.now, step: id, attempt: 2 })

test.each<readonly [string, () => KernelRun]>([
  ['its processes were lost', () => lose(resolving('retry'))],
  [
    'a person has it run again after it was held',
    () => {
      const run = lose(resolving())
      return run.apply({ type: 'attempt_decided', at: run.now, step: id, decision: 'rerun', by: 'ada' })
    },
  ],
  [
    'it is tried again after a while',
    () =>
      resolving()
        .finish('join', { ...failure, cause: 'transient' })
        .pass(1000),
  ],
  [
    'a quota was used up',
    () => {
      const run = resolving()
      const parked = { credential: 'x', until: run.now }
      const result = { ...failure, cause: 'usage_limit' as const }
      return run.apply({ type: 'attempt_finished', at: run.now, step: id, attempt: 2, agent: 'orchd', result, parked })
    },
  ],
])('a conflict that a person resolved stays resolved when %s', (_, again) => {
  const before = resolving()
  expect(resolvedUpTo(state(before).past)).toBe(1)
  const run = again().start('join', 'orchd')
  expect(state(run)).toMatchObject({ status: 'running', attempt: 3 })
  expect(resolvedUpTo(state(run).past)).toBe(1)
})

test('nothing is resolved before a person says so, nor after a rewind', () => {
  const run = new KernelRun(plan([step('join', [], { body })])).start('join', 'orchd')
  expect(resolvedUpTo(state(run).past)).toBeNull()
  run.finish('join', conflict).answer('join', 'reject').retry('join').start('join', 'orchd')
  expect(resolvedUpTo(state(run).past)).toBeNull()
  const resolved = resolving().finish('join').retry('join').start('join', 'orchd')
  expect(resolvedUpTo(state(resolved).past)).toBeNull()
})
