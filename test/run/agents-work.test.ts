import { expect, test } from 'vitest'
import type { Plan, Step } from '../../src/plan/plan.ts'
import { holdsAgentsWork } from '../../src/run/agents-work.ts'
import type { RunState } from '../../src/run/state.ts'
import { plan, step } from '../support/plans.ts'
import { KernelRun } from '../support/runs.ts'

const worktree = { isolation: 'worktree' } as const
const shell = (id: string, needs: string[] = [], more: Partial<Step> = {}): Step =>
  step(id, needs, { ...worktree, ...more })
const agent = (id: string, needs: string[] = [], name = 'claude_code'): Step =>
  shell(id, needs, { agent: name, body: { kind: 'prompt', prompt: 'Work.' } })
const subPlan = (id: string, needs: string[]): Step => shell(id, needs, { body: { kind: 'plan', path: 'inner.yaml' } })

/** The state of a run with a context, in which everything has been a success so far. */
function stateOf(given: Plan, ...done: string[]): RunState {
  const run = done.reduce((before, id) => before.run(id), new KernelRun(given))
  const context = { gitDir: '/g', workTree: '/', prefix: '', base: 'a', baseName: 'main', branch: null, author: { name: '', email: '' }, notes: [] } // prettier-ignore
  return { ...run.state, context }
}
const holding = (run: RunState): string[] =>
  Array.from({ length: run.steps.length }, (_, at) => at).flatMap((at) =>
    holdsAgentsWork(run, at) ? [run.steps.get(at).id] : [],
  )

test('what lies below an agent holds its work, however far, and what lies beside it does not', () => {
  const steps = [
    shell('a'),
    agent('b', ['a']),
    shell('c', ['b']),
    shell('d', ['c']),
    shell('e', ['a']),
    shell('f', ['d'], { isolation: 'none' }),
  ]
  expect(holding(stateOf(plan([...steps, agent('g', ['a'], 'simulated'), shell('h', ['g'])])))).toEqual(['c', 'd'])
})

test('without a context, or in a rehearsal, nobody is held to it', () => {
  const run = stateOf(plan([agent('a'), shell('b', ['a'])]))
  expect(holding({ ...run, simulate: 'agents' })).toEqual([])
  const { context: _, ...elsewhere } = run
  expect(holding(elsewhere)).toEqual([])
})

test('a sub-plan begins with what lies above it, and gives what is in it', () => {
  const inner = plan([shell('x'), agent('y', ['x']), shell('z', ['y'])])
  const subPlans = { 'inner.yaml': inner }
  const first = stateOf(plan([subPlan('a', []), shell('b', ['a'])], { subPlans }), 'a/x')
  expect(holding(first)).toEqual(['b', 'a/z'])
  const below = stateOf(plan([agent('a'), subPlan('b', ['a'])], { subPlans }), 'a')
  expect(holding(below)).toEqual(['b', 'b/x', 'b/y', 'b/z'])
})

test('an instance of a matrix begins with what lies above its step, and `finally` with everything', () => {
  const matrix = [{ n: 1 }, { n: 2 }]
  const given = plan([agent('a'), shell('b', ['a'], { matrix }), shell('c')], { finally: [shell('last')] })
  expect(holding(stateOf(given, 'a'))).toEqual(['b', 'last', 'b.1', 'b.2'])
})

test('a long chain is looked at in a moment', () => {
  const many = Array.from({ length: 5000 }, (_, at) => shell(`s${at}`, at === 0 ? [] : [`s${at - 1}`]))
  expect(holdsAgentsWork(stateOf(plan([agent('z'), ...many])), 5000)).toBe(false)
})
