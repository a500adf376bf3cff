import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { Step } from '../../src/plan/plan.ts'
import { allocate } from '../../src/run/allocate.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import { explain } from '../../src/run/explain.ts'
import { noFunds } from '../../src/run/funds.ts'
import { emptyRoster } from '../../src/run/roster.ts'
import { holdsAgentsWork } from '../../src/run/agents-work.ts'
import { plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'

const shared = (id: string, needs: string[] = [], more: Partial<Step> = {}): Step =>
  step(id, needs, { isolation: 'shared', ...more })
const prompt = { body: { kind: 'prompt', prompt: 'Work.' }, agent: 'simulated' } as const

const started = (run: KernelRun): readonly string[] =>
  allocate([{ run: run.state, lastServed: 0 }], 10, run.now, emptyRoster).map(({ candidate }) => candidate.step)

test('of the steps that share a workspace one is at work, whatever it asks for, and others go on beside it', () => {
  const run = new KernelRun(plan([shared('a'), shared('b', [], prompt), shared('c'), step('d'), step('e')]))
  expect(started(run)).toEqual(['a', 'd', 'e'])
  run.start('a')
  expect(started(run)).toEqual(['d', 'e'])
  expect(run.finish('a', failure).ready()).toEqual(['b', 'd', 'e'])
  expect(run.run('b').ready()).toEqual(['c', 'd', 'e'])
})

test('those of sub-plans and of a matrix share the same one', () => {
  const subPlans = { 'inner.yaml': plan([shared('x'), shared('y')]) }
  const inner = step('inner', [], { body: { kind: 'plan', path: 'inner.yaml' } })
  const each = shared('each', [], { matrix: [{ n: 1 }, { n: 2 }], maxParallel: 2 })
  const run = new KernelRun(plan([inner, each, shared('z')], { subPlans }))
  const order: string[] = []
  for (let [next] = started(run); next !== undefined; [next] = started(run)) {
    order.push(next)
    run.start(next)
    expect(started(run)).toEqual([])
    run.finish(next)
  }
  expect(order.toSorted()).toEqual(['each.1', 'each.2', 'inner/x', 'inner/y', 'z'])
})

test('a gate or a merge that has the default of its plan shares nothing', () => {
  const merge = { body: { kind: 'integrate', onConflict: 'ask', verify: null } } as const
  expect(started(new KernelRun(plan([shared('a'), shared('b', [], merge)])))).toEqual(['a', 'b'])
})

test('explain names the step that a step waits for', () => {
  const { state, now } = new KernelRun(plan([shared('a'), shared('b')])).start('a')
  const slots = {
    limit: 10,
    running: 1,
    roster: emptyRoster,
    agents: new AgentSlots(emptyRoster, [state]),
    funds: noFunds,
  }
  const words = 'is ready; "a" is at work in the workspace that they share (isolation: shared)'
  expect(explain(state, stepId('b'), slots, now)).toBe(words)
})

test('a command beside an agent in the shared workspace is held to hold its work', () => {
  const context = { gitDir: '/g', workTree: '/', prefix: '', base: 'a', baseName: 'main', branch: null, author: { name: '', email: '' }, notes: [] } // prettier-ignore
  const holding = (...steps: Step[]): boolean =>
    holdsAgentsWork({ ...new KernelRun(plan(steps)).state, context }, steps.length - 1)
  const agent = shared('agent', [], { ...prompt, agent: 'claude_code' })
  expect(holding(agent, shared('a'))).toBe(true)
  expect(holding(agent, step('a', [], { isolation: 'worktree' }))).toBe(false)
  expect(holding(shared('b'), shared('a'))).toBe(false)
})
