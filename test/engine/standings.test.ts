import { describe, expect, test } from 'vitest'
import { stepId, type RunId } from '../../src/base/ids.ts'
import { explain } from '../../src/run/explain.ts'
import type { Roster } from '../../src/run/roster.ts'
import { waitsFor } from '../../src/run/waiting.ts'
import { responseOf } from '../../src/report/response.ts'
import { HandDriven } from '../support/hand-driven.ts'
import { plan, step } from '../support/plans.ts'
import { rosterAgent } from '../support/roster.ts'
import { failure, success } from '../support/runs.ts'

const roster: Roster = {
  agents: new Map(
    ['codex', 'claude'].map((name) => [name, rosterAgent(name, { credential: name === 'codex' ? 'team' : name })]),
  ),
  credentialCaps: new Map([['team', 1]]),
  standings: new Map(),
}
const body = { kind: 'prompt', prompt: 'x' } as const
const codex = (id: string, needs: string[] = []) => step(id, needs, { body, agent: 'codex' })
const refused = { ...failure, cause: 'auth' as const, message: '401 invalid api key' }
const minute = 60_000
const limited = { ...failure, cause: 'usage_limit' as const, message: 'usage limit' }

const stateOf = (hand: HandDriven, run: RunId) => hand.engine.get(run)!
const statuses = (hand: HandDriven, run: RunId) => Array.from(stateOf(hand, run).states, ({ status }) => status)

async function release(hand: HandDriven, name: string) {
  const answer = hand.engine.release(name)
  hand.pass(0)
  return answer
}

describe('a credential that was refused', () => {
  test('is stopped: nothing else starts with it, a fallback takes its steps, and a person releases it', async () => {
    const hand = new HandDriven({ roster })
    const falls = step('falls', [], { body, agent: 'codex', fallback: ['claude'] })
    const run = await hand.submit(plan([codex('a'), codex('b'), falls]))
    expect(statuses(hand, run)).toEqual(['running', 'ready', 'ready'])
    hand.ends[0]!(refused)
    hand.pass(minute)
    expect(statuses(hand, run)).toEqual(['finished', 'ready', 'running'])
    expect(hand.step(run, stepId('falls'))).toMatchObject({ agent: 'claude' })
    hand.ends[1]!(success)
    hand.pass(minute)
    expect(statuses(hand, run)).toEqual(['finished', 'ready', 'finished'])
    expect(explain(stateOf(hand, run), stepId('b'), hand.engine.slots(), hand.now)).toContain(
      'waits for codex (credential team): it is stopped, because its credential was refused (auth); once it is right: orchd agents --release team',
    )
    const { status, waiting_for: who, waiting } = responseOf(stateOf(hand, run), hand.now, null)
    expect([status, who, waiting?.until, waiting?.needs_person]).toEqual(['waiting', 'agent', null, true])
    expect(hand.engine.idle()).toBe(true)

    expect(await release(hand, 'codex')).toEqual({ credential: 'team', released: true })
    expect(statuses(hand, run)[1]).toBe('running')
    expect(waitsFor(stateOf(hand, run))).toBe('none')
    expect(await release(hand, 'team')).toEqual({ credential: 'team', released: false })
    await expect(release(hand, 'nobody')).rejects.toThrow('no agent uses a credential "nobody"; there are team, claude')
  })

  test('stays stopped for the next holder, unless it is another one there', async () => {
    const first = new HandDriven({ roster, mark: 1 })
    const run = await first.submit(plan([codex('a'), codex('b')]))
    first.ends[0]!(refused)
    first.pass(minute)
    const again = async (mark: number) => {
      const hand = new HandDriven({ roster: { ...roster }, journal: first.journal, mark })
      await hand.engine.recover()
      hand.pass(minute)
      return statuses(hand, run)
    }
    expect(await again(1)).toEqual(['finished', 'ready'])
    expect(await again(2)).toEqual(['finished', 'running'])
  })
})

describe('a run that waits for a quota', () => {
  test('says so, costs no attempt, and its limit of time stands still', async () => {
    const hand = new HandDriven({ roster })
    const constraints = { ...plan([]).constraints, maxDurationMs: 10 * minute }
    const run = await hand.submit(plan([codex('a')], { constraints }))
    hand.pass(9 * minute)
    hand.ends[0]!({ ...limited, retryAt: hand.now + 60 * minute })
    hand.pass(30 * minute)
    const free = new Date(hand.now + 30 * minute).toISOString()
    const { waiting_for: who, waiting } = responseOf(stateOf(hand, run), hand.now, null)
    expect([who, waiting?.until, waiting?.needs_person]).toEqual(['quota', free, false])
    expect(waiting?.why).toMatch(/^codex \(credential team\) parked until .*\d\d:\d\d UTC \(usage_limit\)$/)
    expect(hand.engine.idle()).toBe(false)
    hand.pass(30 * minute)
    expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'running', attempt: 2, past: { tries: 1, parks: 1 } })
    hand.ends[1]!(success)
    hand.pass(0)
    expect(stateOf(hand, run)).toMatchObject({ outcome: 'success', standstill: null })
  })

  test('goes on when the credential is released', async () => {
    const hand = new HandDriven({ roster })
    const run = await hand.submit(plan([codex('a')]))
    hand.ends[0]!(limited)
    hand.pass(minute)
    expect(statuses(hand, run)).toEqual(['ready'])
    expect(await release(hand, 'team')).toMatchObject({ released: true })
    expect(statuses(hand, run)).toEqual(['running'])
  })
})

test('an agent that is overloaded is left alone for longer each time, and a success ends that', async () => {
  const hand = new HandDriven({ roster })
  const retry = { ...step('a').retry, maxAttempts: 9, delayMs: 0 }
  const run = await hand.submit(plan([{ ...codex('a'), retry }]))
  const waited = []
  for (const cause of ['overloaded', 'overloaded', 'overloaded', 'exit_nonzero', 'overloaded'] as const) {
    const from = hand.now
    hand.ends.at(-1)!({ ...failure, cause })
    const count = hand.ends.length
    while (hand.ends.length === count) hand.pass(1000)
    waited.push(hand.now - from)
  }
  expect(waited).toEqual([10_000, 20_000, 40_000, 1000, 80_000])
  expect(hand.step(run, stepId('a'))).toMatchObject({ past: { tries: 5, parks: 4 } })
})

describe('a service that is overloaded', () => {
  const busy = { ...failure, cause: 'overloaded' as const, message: 'API Error: 529' }

  test('is asked again, ever later, at no cost for the step, and the run says what it waits for', async () => {
    const hand = new HandDriven({ roster })
    const run = await hand.submit(plan([codex('a')]))
    hand.ends[0]!(busy)
    hand.pass(1000)
    const { status, waiting_for: who, waiting } = responseOf(stateOf(hand, run), hand.now, null)
    expect([status, who, waiting?.needs_person]).toEqual(['waiting', 'quota', false])
    expect(waiting?.why).toMatch(/^codex \(credential team\) parked until .* \(overloaded\)$/)
    expect(explain(stateOf(hand, run), stepId('a'), hand.engine.slots(), hand.now)).toMatch(
      /parked until .* \(overloaded\)/,
    )
    hand.pass(9000)
    expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'running', attempt: 2 })
    hand.ends[1]!(success)
    hand.pass(0)
    expect(stateOf(hand, run)).toMatchObject({ outcome: 'success' })
  })

  test('is given up after five times: then it is a failure as any other', async () => {
    const hand = new HandDriven({ roster })
    const run = await hand.submit(plan([codex('a')]))
    for (let time = 1; time <= 6; time++) {
      expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'running', attempt: time })
      hand.ends.at(-1)!(busy)
      hand.pass(10 * minute)
    }
    expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'finished', cause: 'overloaded', past: { tries: 6 } })
  })

  test('is not asked again where a retry does not name it', async () => {
    const hand = new HandDriven({ roster })
    const retry = { ...step('a').retry, on: ['transient' as const] }
    const run = await hand.submit(plan([{ ...codex('a'), retry }]))
    hand.ends[0]!(busy)
    hand.pass(0)
    expect(hand.step(run, stepId('a'))).toMatchObject({ status: 'finished', cause: 'overloaded' })
  })

  test('is left for a fallback that is free', async () => {
    const hand = new HandDriven({ roster })
    const run = await hand.submit(plan([step('a', [], { body, agent: 'codex', fallback: ['claude'] })]))
    hand.ends[0]!(busy)
    hand.pass(0)
    expect(hand.step(run, stepId('a'))).toMatchObject({
      status: 'running',
      agent: 'claude',
      past: { tries: 1, parks: 1 },
    })
  })
})
