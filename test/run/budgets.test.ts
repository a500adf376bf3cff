import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { Budget, Step } from '../../src/plan/plan.ts'
import { allocate, type Grant } from '../../src/run/allocate.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { BudgetReached } from '../../src/run/event.ts'
import { explain } from '../../src/run/explain.ts'
import { factsOf } from '../../src/run/facts.ts'
import { type Estimate, type Funds, noFunds } from '../../src/run/funds.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import { emptyRoster } from '../../src/run/roster.ts'
import { stepState } from '../../src/run/find.ts'
import { waitsFor } from '../../src/run/waiting.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { KernelRun, someRun, success } from '../support/runs.ts'

const budget = (more: Partial<Budget>): Budget => ({
  maxUsd: null,
  maxTokens: null,
  warnAt: 0.8,
  onExceed: 'pause',
  ...more,
})
const asks = (id: string, more: Partial<Step> = {}): Step =>
  step(id, [], { body: { kind: 'prompt', prompt: 'do it' }, agent: 'claude', ...more })
const within = (limits: Partial<Budget>, steps: readonly Step[]): KernelRun => {
  const made = plan(steps)
  return new KernelRun({ ...made, constraints: { ...made.constraints, budget: budget(limits) } })
}
const knows = (usd: number | null, tokens: number | null = null, attempts = 3): Funds => ({
  ...noFunds,
  estimates: new Map<string, Estimate>([['claude', { usd, tokens, attempts }]]),
})
const cost = (costUsd: number | null): AttemptResult => ({ ...success, costUsd })

const look = (run: KernelRun, funds: Funds): readonly Grant[] =>
  allocate([{ run: run.state, lastServed: 0 }], 100, run.now, emptyRoster, funds)

/** Starts all that can start now, and journals what budgets do not allow; what was started. */
function begin(run: KernelRun, funds: Funds): string[] {
  const started: string[] = []
  for (const { candidate, choice, reserved } of look(run, funds)) {
    const { step: id, attempt } = candidate
    if (choice.kind === 'reached') run.apply({ type: 'budget_reached', at: run.now, step: id, ...choice.reached })
    if (choice.kind !== 'go') continue
    const values = { env: {}, prompt: null, with: {} }
    const paid = reserved === undefined ? {} : { reserved }
    run.apply({ type: 'attempt_started', at: run.now, step: id, attempt, agent: choice.agent, ...paid, values })
    started.push(id)
  }
  return started
}

const ledgerOf = ({ state }: KernelRun) => state.levels.get(0).ledger
const reachedOf = (run: KernelRun): BudgetReached[] => run.events.filter((event) => event.type === 'budget_reached')
const why = (run: KernelRun, id: string, funds: Funds): string | null =>
  explain(
    run.state,
    stepId(id),
    { limit: 100, running: 0, roster: emptyRoster, agents: new AgentSlots(emptyRoster, [run.state]), funds },
    run.now,
  )

describe('a reservation', () => {
  test('is what the last attempts of the agent cost, and is settled by what the attempt costs', () => {
    const run = within({ maxUsd: 1 }, [asks('a'), asks('b'), asks('c')])
    expect(begin(run, knows(0.4))).toEqual(['a', 'b'])
    expect(ledgerOf(run)).toMatchObject({ usd: 0, reservedUsd: 0.8 })
    expect(stepState(run.state, stepId('a'))).toMatchObject({
      reserved: { usd: 0.4, why: 'the mean of the last 3 attempts of claude', capUsd: 1 },
    })
    expect(why(run, 'c', knows(0.4))).toBe(
      'is ready; waits for the budget of the plan: of $1.00, $0.80 are reserved for attempts that run, and it will need about $0.40',
    )
    run.finish('a', cost(0.1))
    expect(ledgerOf(run)).toMatchObject({ usd: 0.1, reservedUsd: 0.4 })
    expect(begin(run, knows(0.4))).toEqual(['c'])
    run.finish('b', cost(0.5)).finish('c', cost(0.3))
    expect(ledgerOf(run)).toMatchObject({ usd: 0.9, reservedUsd: 0 })
    expect(run.state.outcome).toBe('success')
  })

  test('is all that is left as long as nothing is known of the agent', () => {
    const run = within({ maxUsd: 1 }, [asks('a'), asks('b')])
    expect(begin(run, noFunds)).toEqual(['a'])
    expect(ledgerOf(run).reservedUsd).toBe(1)
    run.finish('a', cost(0.25))
    expect(begin(run, knows(0.25, null, 1))).toEqual(['b'])
    expect(ledgerOf(run).reservedUsd).toBe(0.25)
  })

  test('is nothing of an agent that does not tell, whose attempts are counted as unknown', () => {
    const run = within({ maxUsd: 1 }, [asks('a'), asks('b')])
    expect(begin(run, knows(null))).toEqual(['a', 'b'])
    expect(stepState(run.state, stepId('a'))).toMatchObject({
      reserved: { usd: 0, why: 'nothing: claude does not tell what it uses' },
    })
    run.finish('a', cost(null))
    expect(ledgerOf(run)).toMatchObject({ usd: 0, untoldUsd: 1 })
    run.finish('b', { ...cost(0.3), untold: { usage: false, cost: true } })
    expect(ledgerOf(run)).toMatchObject({ usd: 0.3, untoldUsd: 2 })
  })

  test('goes back when the attempt never began, was lost, or is voided', () => {
    const retried = asks('a', { retry: { ...defaultRetry, maxAttempts: 9 }, onCrash: 'retry' })
    const run = within({ maxUsd: 1 }, [retried])
    begin(run, knows(0.4))
    run.finish('a', { ...success, outcome: 'error', cause: 'spawn_failed' })
    expect(ledgerOf(run)).toMatchObject({ reservedUsd: 0, untoldUsd: 0 })
    run.pass(600_000)
    begin(run, knows(0.4))
    run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 2 })
    expect(ledgerOf(run)).toMatchObject({ reservedUsd: 0, untoldUsd: 1 })
    begin(run, knows(0.4))
    run.apply({ type: 'retry_requested', at: run.now, from: stepId('a'), only: false, by: 'me' })
    run.finish('a', cost(0.3))
    expect(ledgerOf(run)).toMatchObject({ usd: 0.3, reservedUsd: 0 })
  })

  test('is for no shell step and no simulated run', () => {
    const run = within({ maxUsd: 0 }, [step('sh')])
    expect(begin(run, knows(1))).toEqual(['sh'])
    const simulated = within({ maxUsd: 0 }, [asks('a')])
    simulated.state = { ...simulated.state, simulate: 'all' }
    expect(begin(simulated, knows(1))).toEqual(['a'])
  })
})

describe('a budget that is reached', () => {
  test('pauses what it does not allow, and lets it go on when there is more', () => {
    const run = within({ maxUsd: 1 }, [asks('a'), asks('b'), step('sh')])
    expect(begin(run, knows(0.7))).toEqual(['a', 'sh'])
    run.finish('sh').finish('a', cost(0.7))
    expect(begin(run, knows(0.7))).toEqual([])
    expect(reachedOf(run)).toMatchObject([
      { step: 'b', of: 'run', unit: 'usd', limit: 1, left: 0.3, needs: 0.7, action: 'pause' },
    ])
    expect(waitsFor(run.state)).toBe('budget')
    expect(why(run, 'b', knows(0.7))).toMatch(
      /^the budget of the plan, \$1\.00, has \$0\.30 left.*about \$0\.70; orchd resume r0+ --budget USD allows so much more$/,
    )
    run.apply({ type: 'budget_raised', at: run.now, by: 'me', usd: 0.1, tokens: 0 })
    begin(run, knows(0.7))
    expect(reachedOf(run)).toHaveLength(2)
    run.apply({ type: 'budget_raised', at: run.now, by: 'me', usd: 0.3, tokens: 0 })
    expect(begin(run, knows(0.7))).toEqual(['b'])
  })

  test('fails what it does not allow, with the run, when the plan says so', () => {
    const run = within({ maxTokens: 100, onExceed: 'fail' }, [asks('a')])
    begin(run, knows(null, 101))
    expect(run.state).toMatchObject({ outcome: 'failure', cause: 'budget' })
    expect(stepState(run.state, stepId('a'))).toMatchObject({
      message: 'the budget of the plan, 100 tokens, has 100 tokens left, and the next attempt needs about 101 tokens',
    })
  })

  test('hinders nothing when it only warns, and tells once each that it is low and that it is exceeded', () => {
    const run = within({ maxUsd: 1, onExceed: 'warn' }, [asks('a'), asks('b'), asks('c')])
    expect(begin(run, knows(0.9))).toEqual(['a', 'b', 'c'])
    const told = ['a', 'b', 'c'].map((id) => {
      const before = run.state
      run.finish(id, cost(0.9))
      const event = run.events.findLast(({ type }) => type === 'attempt_finished')!
      return factsOf(before, { seq: 1, runId: someRun, event }, run.state).filter(({ type }) =>
        type.startsWith('budget_'),
      )
    })
    expect(told).toMatchObject([[{ type: 'budget_low', used: 0.9 }], [{ type: 'budget_exceeded', used: 1.8 }], []])
  })

  test('may be a step’s own, and of a matrix for all its instances', () => {
    const own = asks('own', { budget: budget({ maxUsd: 1 }), retry: { ...defaultRetry, maxAttempts: 9 } })
    const matrix = asks('many', { budget: budget({ maxUsd: 1 }), matrix: [{ n: 1 }, { n: 2 }, { n: 3 }] })
    const run = new KernelRun(plan([own, matrix]))
    expect(begin(run, knows(0.4))).toEqual(['own', 'many.1', 'many.2'])
    run.finish('own', { ...cost(0.7), outcome: 'failure', cause: 'agent_error' }).pass(600_000)
    run.finish('many.1', cost(0.4)).finish('many.2', cost(0.4))
    expect(begin(run, knows(0.4))).toEqual([])
    expect(reachedOf(run).map(({ step: id, owner, left }) => [id, owner, left])).toEqual([
      ['own', 'own', 0.3],
      ['many.3', 'many', 0.2],
    ])
    run.apply({ type: 'budget_raised', at: run.now, by: 'me', usd: 0.5, tokens: 0 })
    expect(begin(run, knows(0.4))).toEqual(['own', 'many.3'])
  })

  test('of a day holds over all runs, until the day is over', () => {
    const day = { limitUsd: 1, spentUsd: 0.5, until: 2_000_000 }
    const [one, other] = [new KernelRun(plan([asks('a')])), new KernelRun(plan([asks('b')]))]
    expect(begin(one, { ...knows(0.4), day })).toEqual(['a'])
    const both = [one.state, other.state].map((run) => ({ run, lastServed: 0 }))
    expect(allocate(both, 100, one.now, emptyRoster, { ...knows(0.4), day })).toEqual([])
    begin(other, { ...knows(0.4), day: { ...day, spentUsd: 0.9 } })
    expect(reachedOf(other)).toMatchObject([{ of: 'day', until: 2_000_000, action: 'pause' }])
    expect(waitsFor(other.state)).toBe('budget')
    other.pass(1_000_000)
    expect(begin(other, knows(0.4))).toEqual(['b'])
  })

  test('that an agent was told of and used up pauses its step, which goes on when there is more', () => {
    const run = within({ maxUsd: 1 }, [asks('a')])
    begin(run, knows(0.4))
    const before = run.state
    run.finish('a', { ...cost(1.01), outcome: 'failure', cause: 'budget', session: 's1' })
    expect(factsOf(before, { seq: 1, runId: someRun, event: run.events.at(-1)! }, run.state).at(-1)).toMatchObject({
      type: 'step_paused',
      step: 'a',
      message: 'the budget of the plan, $1.00, is used up',
    })
    expect(stepState(run.state, stepId('a'))).toMatchObject({ status: 'paused', attempt: 2 })
    run.apply({ type: 'budget_raised', at: run.now, by: 'me', usd: 1, tokens: 0 })
    expect(stepState(run.state, stepId('a'))).toMatchObject({ status: 'ready', past: { session: { id: 's1' } } })
  })
})

test('a cancel ends what waits for a budget', () => {
  const run = within({ maxUsd: 1 }, [asks('a')])
  begin(run, knows(2))
  run.cancel()
  expect(run.state).toMatchObject({ phase: 'finished', outcome: 'cancellation' })
})

test('what orchd does itself costs nothing: it needs no budget, reserves none, and leaves nothing untold', () => {
  const run = within({ maxUsd: 1 }, [asks('a'), step('orchd-publish', ['a'], { body: { kind: 'publish' } }), asks('b')])
  expect(begin(run, knows(0.4))).toEqual(['a', 'b'])
  run.finish('a', cost(1.2))
  expect(begin(run, knows(0.4))).toEqual(['orchd-publish'])
  expect(ledgerOf(run)).toMatchObject({ usd: 1.2, reservedUsd: 0.4 })
  run.finish('orchd-publish', { ...success, costUsd: null, usage: null })
  expect(ledgerOf(run)).toMatchObject({ usd: 1.2, untoldUsd: 0, untoldTokens: 1 })
})
