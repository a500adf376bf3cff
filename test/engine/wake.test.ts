import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { HandDriven } from '../support/hand-driven.ts'
import { plan, step } from '../support/plans.ts'
import { failure } from '../support/runs.ts'

test('a retry that comes due while the failure is being committed is not forgotten', async () => {
  const hand = new HandDriven()
  const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 10 }
  const run = await hand.submit(plan([step('a', [], { retry })]))
  // A disk that takes longer than the back-off.
  hand.journal.afterAppend = () => void (hand.now += 50)
  hand.ends[0]!(failure)
  hand.settle()
  expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'running', attempt: 2 })
})
