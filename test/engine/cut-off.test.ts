import { expect, test } from 'vitest'
import { HandDriven } from '../support/hand-driven.ts'
import { plan, step } from '../support/plans.ts'

test('a step that is cut off by one that fails in the same moment is not told to have started', async () => {
  const hand = new HandDriven()
  const matrix = [{ name: {} }, { name: { of: 'b' } }]
  const env = { NAME: '${{ matrix.name.of }}' }
  const run = await hand.submit(plan([step('each', [], { matrix, failFast: true, env })]))
  const started = hand.journal.lines.filter((line) => line.includes('attempt_started'))
  expect(hand.engine.get(run)).toMatchObject({ phase: 'finished', outcome: 'failure' })
  expect([started, hand.ends]).toEqual([[], []])
})
