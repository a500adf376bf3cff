import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { Step } from '../../src/plan/plan.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import { allocate, type Grant } from '../../src/run/allocate.ts'
import { noFunds } from '../../src/run/funds.ts'
import { explain } from '../../src/run/explain.ts'
import type { Roster, RosterAgent } from '../../src/run/roster.ts'
import type { RunState } from '../../src/run/state.ts'
import { rosterAgent } from '../support/roster.ts'
import { plan, step } from '../support/plans.ts'
import { KernelRun } from '../support/runs.ts'

const agent = (name: string, maxParallel: number | null, credential = name): [string, RosterAgent] => [
  name,
  rosterAgent(name, { maxParallel, credential }),
]

const roster: Roster = {
  agents: new Map([agent('claude', 2), agent('codex', 3, 'team'), agent('cursor', null, 'team')]),
  credentialCaps: new Map([['team', 4]]),
  standings: new Map(),
}

const asks = (id: string, name: string, more: Partial<Step> = {}): Step =>
  step(id, [], { body: { kind: 'prompt', prompt: 'do it' }, agent: name, ...more })

const grantsOf = (runs: readonly RunState[], limit = 100): readonly Grant[] =>
  allocate(
    runs.map((run) => ({ run, lastServed: 0 })),
    limit,
    0,
    roster,
  )

const names = (grants: readonly Grant[]): string[] => grants.map(({ candidate }) => candidate.step)

const many = (count: number, name: string): Step[] =>
  Array.from({ length: count }, (_, at) => asks(`${name}${at}`, name))

test('of an agent no more attempts start than its cap, of all runs together', () => {
  const runs = [new KernelRun(plan(many(5, 'claude'))), new KernelRun(plan(many(5, 'claude')))]
  expect(grantsOf(runs.map(({ state }) => state))).toHaveLength(2)
})

test('what runs already counts', () => {
  const run = new KernelRun(plan(many(5, 'claude'))).start('claude0', 'claude').start('claude1', 'claude')
  expect(grantsOf([run.state])).toEqual([])
  run.finish('claude0')
  expect(names(grantsOf([run.state]))).toEqual(['claude2'])
})

test('agents that share a credential share its cap', () => {
  const run = new KernelRun(plan([...many(9, 'codex'), ...many(9, 'cursor')]))
  const started = names(grantsOf([run.state]))
  expect(started).toHaveLength(4)
  expect(started.filter((name) => name.startsWith('codex'))).toHaveLength(3)
})

test('what waits for a full agent lets others pass', () => {
  const shell = step('shell')
  const run = new KernelRun(plan([...many(9, 'claude'), shell, asks('codex', 'codex')]))
  expect(names(grantsOf([run.state]))).toEqual(['claude0', 'claude1', 'shell', 'codex'])
})

test('caps hold within the global limit and the limits of a run', () => {
  const steps = [...many(9, 'claude'), ...many(9, 'codex')]
  expect(grantsOf([new KernelRun(plan(steps)).state], 1)).toHaveLength(1)
  const constraints = { maxDurationMs: null, maxParallel: 3, budget: null, requireTests: null, requirePr: null }
  expect(names(grantsOf([new KernelRun(plan(steps, { constraints })).state]))).toEqual(['claude0', 'claude1', 'codex0'])
})

test('a matrix with its own limit gives its room to what can start', () => {
  const matrix = ['claude', 'claude', 'claude', 'codex', 'codex'].map((name) => ({ name }))
  const run = new KernelRun(plan([asks('m', '${{ matrix.name }}', { matrix, maxParallel: 3 })]))
  expect(names(grantsOf([run.state]))).toEqual(['m.1', 'm.2', 'm.4'])
})

test('a rehearsal gives a step to nobody who may do less than it needs', () => {
  const blind = rosterAgent('blind', { capabilities: ['isolated_execution'], fileSystem: 'none' })
  const agents = new Map([['blind', blind], agent('claude', 2)])
  const { state } = new KernelRun(plan([step('a', [], { body: { kind: 'prompt', prompt: 'Fix it.' }, agent: 'auto' })]))
  const rehearsal = { run: { ...state, simulate: 'all' as const }, lastServed: 0 }
  expect(allocate([rehearsal], 1, 0, { ...roster, agents })).toMatchObject([{ choice: { agent: 'claude' } }])
})

test('simulated attempts take no slots of agents', () => {
  const { state } = new KernelRun(plan(many(5, 'claude')))
  expect(grantsOf([{ ...state, simulate: 'all' }])).toHaveLength(5)
})

test('explain says who did a step and why, and when nobody is there to go on', () => {
  const { state, now } = new KernelRun(plan([step('a'), asks('b', 'claude')]))
  const slots = { limit: 0, running: 0, roster, agents: new AgentSlots(roster, [state]), funds: noFunds }
  expect(explain(state, stepId('b'), slots, now)).toBe(
    `is ready; nobody holds the state folder, so nothing is started: orchd resume ${state.id} goes on with it`,
  )
  const standings = new Map([['claude', { cause: 'usage_limit', until: now + 3_600_000 } as const]])
  const parked = { ...slots, roster: { ...roster, standings } }
  expect(explain(state, stepId('b'), parked, now)).toMatch(/^is ready; waits for claude: parked until .*; nobody holds/)
  const run = new KernelRun(plan([asks('b', 'claude')]))
  const values = { env: {}, prompt: null, with: {} }
  const started = { type: 'attempt_started', at: run.now, step: stepId('b'), attempt: 1, agent: 'claude' } as const
  run.apply({ ...started, why: 'chosen for review: it is well', values }).finish('b')
  expect(explain(run.state, stepId('b'), slots, now)).toBe(
    'ended with success on claude (chosen for review: it is well)',
  )
})

test('explain says whose slots are used up', () => {
  const run = new KernelRun(plan([...many(3, 'claude')])).start('claude0', 'claude').start('claude1', 'claude')
  const slots = { limit: 9, running: 2, roster, agents: new AgentSlots(roster, [run.state]), funds: noFunds }
  expect(explain(run.state, stepId('claude2'), slots, 0)).toBe('is ready; waits for a slot of claude (2 of 2 in use)')
})

test('of 10,000 that wait for a full agent none but the first is looked at', () => {
  const run = new KernelRun(plan(many(10_000, 'claude'))).start('claude0', 'claude').start('claude1', 'claude')
  let looks = 0
  const states = new Proxy(run.state.states, {
    get: (target, name) =>
      name !== 'get'
        ? Reflect.get(target, name, target)
        : (index: number) => {
            looks++
            return target.get(index)
          },
  })
  expect(grantsOf([{ ...run.state, states }])).toEqual([])
  expect(looks).toBeLessThan(5)
})
