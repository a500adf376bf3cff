import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { HandDriven } from '../support/hand-driven.ts'
import { plan, step } from '../support/plans.ts'
import { failure } from '../support/runs.ts'

/** As the shell reports it when the launcher was killed and nobody saw the exit status. */
const unseen: AttemptResult = { ...failure, outcome: 'error', cause: 'daemon_lost', exitCode: null }

const after = async (onCrash: 'retry' | 'ask' | 'fail'): Promise<unknown> => {
  const hand = new HandDriven()
  const retry = { ...step('a').retry, maxAttempts: 3, delayMs: 10 }
  const run = await hand.submit(plan([step('a', [], { retry, onCrash })]))
  hand.ends[0]!(unseen)
  hand.settle()
  return hand.step(run, stepId('a'))
}

test('a step whose end nobody saw is held for a person, however often it may be retried', async () => {
  expect(await after('ask')).toMatchObject({ status: 'held', attempt: 2 })
})

test('a step whose end nobody saw runs again or fails, as on_crash says', async () => {
  expect(await after('retry')).toMatchObject({ status: 'running', attempt: 2 })
  expect(await after('fail')).toMatchObject({ status: 'finished', outcome: 'error', cause: 'daemon_lost' })
})
