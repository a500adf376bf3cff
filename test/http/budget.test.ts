import { expect, test } from 'vitest'
import type { Plan } from '../../src/plan/plan.ts'
import { plan, step } from '../support/plans.ts'
import { success } from '../support/runs.ts'
import { Rig } from './rig.ts'

const body = { kind: 'prompt', prompt: 'do it' } as const
const steps = [step('a', [], { body, agent: 'claude' }), step('b', ['a'], { body, agent: 'claude' })]

function costly(): Plan {
  const made = plan(steps)
  const budget = { maxUsd: 1, maxTokens: null, warnAt: 0.8, onExceed: 'pause' } as const
  return { ...made, constraints: { ...made.constraints, budget } }
}

test('a run that waits for a budget is told so, and goes on when somebody allows more', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(costly())
  await rig.finish(run, 'a', { ...success, costUsd: 0.75, usage: { inputTokens: 10, outputTokens: 1 } })
  expect(await rig.client.run(run)).toMatchObject({
    status: 'waiting',
    waiting_for: 'budget',
    budget: { max_usd: 1, spent_usd: 0.75, reserved_usd: 0, on_exceed: 'pause' },
    steps: [{}, { status: 'paused', message: expect.stringContaining('has $0.25 left') }],
  })
  await rig.client.raiseBudget(run, { usd: 1, tokens: 0 }, 'ada')
  expect(await rig.client.run(run)).toMatchObject({ status: 'running', budget: { max_usd: 2, reserved_usd: 0.75 } })
  await rig.finish(run, 'b', { ...success, costUsd: 0.5 })
  expect(await rig.client.run(run)).toMatchObject({
    status: 'completed',
    budget: { spent_usd: 1.25, unknown_tokens: 1 },
  })
  await expect(rig.client.raiseBudget(run, { usd: 1, tokens: 0 }, 'ada')).rejects.toMatchObject({
    code: 'RUN_FINISHED',
  })
})

test('a run without a budget has none to raise', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('a')]))
  await expect(rig.client.raiseBudget(run, { usd: 1, tokens: 0 }, 'ada')).rejects.toMatchObject({ code: 'BUDGET_NONE' })
  await expect(rig.client.raiseBudget(run, { usd: -1, tokens: 0 }, 'ada')).rejects.toMatchObject({ code: 'USAGE' })
})

test('what agents used is summed up over runs, or of one step by step', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan(steps))
  await rig.finish(run, 'a', { ...success, costUsd: 0.75, usage: { inputTokens: 10, outputTokens: 1 } })
  await rig.finish(run, 'b', { ...success, costUsd: null })
  const all = await rig.client.costs({ run: null, since: '1h', by: null })
  expect(all).toMatchObject({ by: 'agent', rows: [{ key: 'claude', attempts: 2, cost_usd: 0.75, unknown_cost: 1 }] })
  const one = await rig.client.costs({ run, since: null, by: null })
  expect(one).toMatchObject({ run_id: run, by: 'step', rows: [{ key: 'a' }, { key: 'b', unknown_cost: 1 }] })
  await expect(rig.client.costs({ run: null, since: 'x', by: null })).rejects.toMatchObject({ code: 'USAGE' })
})
