import { expect, test } from 'vitest'
import { Standings } from '../../src/engine/standings.ts'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { parkedUntil, type QuotaCause } from '../../src/run/quota.ts'
import type { Step } from '../../src/plan/plan.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import { canMove, waitsFor } from '../../src/run/waiting.ts'
import { gate, plan, step } from '../support/plans.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { rosterAgent } from '../support/roster.ts'
import { failure, KernelRun } from '../support/runs.ts'
import { allocate } from '../../src/run/allocate.ts'

const base = {
  agents: new Map(['codex', 'claude'].map((name) => [name, rosterAgent(name)])),
  credentialCaps: new Map<string, number>(),
}
const limited = {
  ...failure,
  cause: 'usage_limit' as const,
  message: 'You hit your usage limit. Try again in 2 hours 5 minutes.',
}
const hour = 3_600_000

const told = (cause: QuotaCause, message: string, more: Partial<AttemptResult> = {}, overloads = 0) =>
  parkedUntil(cause, { ...failure, cause, message, ...more }, 1_000_000_000_000, overloads)
const later = (ms: number): number => 1_000_000_000_000 + ms

test('an agent says when to come again, else a usual time holds', () => {
  expect(told('usage_limit', limited.message)).toBe(later(2 * hour + 300_000))
  expect(told('usage_limit', 'quota used up')).toBe(later(hour / 2))
  expect(told('usage_limit', 'Claude AI usage limit reached|1000007200')).toBe(later(2 * hour))
  expect(told('usage_limit', 'limit reached, resets 2001-09-09T02:46:40Z')).toBe(later(hour))
  expect(told('usage_limit', 'limit reached since 2001-09-08T02:46:40Z')).toBe(later(hour / 2))
  expect(told('usage_limit', 'come again in 9999 days')).toBe(later(7 * 24 * hour))
  expect(told('rate_limited', 'retry after 20s')).toBe(later(20_000))
  expect(told('rate_limited', 'retry after 20s', { retryAfterMs: 7000 })).toBe(later(7000))
  expect(told('auth', 'refused, retry after 20s')).toBeNull()
})

test('an overloaded service is left alone for longer and longer', () => {
  const spans = [0, 1, 2, 9].map((overloads) => (told('overloaded', '529', {}, overloads) ?? 0) - later(0))
  expect(spans).toEqual([10_000, 20_000, 40_000, 300_000])
})

test('a credential whose quota is used up is parked, burns no attempt, and goes to the fallback or waits, also after a restart', () => {
  const journal = new MemoryJournal()
  const standings = new Standings(journal)
  const body = { kind: 'prompt', prompt: 'x' } as const
  const run = new KernelRun(
    plan([
      step('waits', [], { body, agent: 'codex' }),
      step('falls', [], { body, agent: 'codex', fallback: ['claude'] }),
    ]),
  )
  const event = (id: string) =>
    standings.noted(
      { type: 'attempt_finished', at: run.now, step: stepId(id), attempt: 1, agent: 'codex', result: limited },
      base,
    )
  run.start('waits', 'codex').start('falls', 'codex').apply(event('waits')).apply(event('falls'))
  expect([run.status('waits'), run.status('falls')]).toEqual(['ready', 'ready'])
  const free = run.now + 2 * hour + 300_000
  expect(standings.nextFreeAt()).toBe(free)
  const started = (by: Standings, now: number) =>
    allocate([{ run: run.state, lastServed: 0 }], 9, now, by.rosterOf(base, now)).map(({ candidate, choice }) => [
      candidate.step,
      'agent' in choice ? choice.agent : null,
    ])
  for (const by of [standings, new Standings(journal)]) expect(started(by, run.now)).toEqual([['falls', 'claude']])
  expect(started(new Standings(journal), free)).toEqual([
    ['waits', 'codex'],
    ['falls', 'codex'],
  ])
})

const ended = (result: AttemptResult, at = 1000): RunEvent => {
  return { type: 'attempt_finished', at, step: stepId('a'), attempt: 1, agent: 'codex', result }
}
const standing = (by: Standings, now = 1000) => by.rosterOf(base, now).standings.get('codex')

test('a credential that was refused is stopped until it is released, or orchd is started again', () => {
  const journal = new MemoryJournal()
  const standings = new Standings(journal)
  const event = standings.noted(ended({ ...failure, cause: 'auth' }), base)
  expect(event).toMatchObject({ parked: { credential: 'codex', until: null } })
  standings.noted(ended({ ...failure, cause: 'rate_limited' }), base)
  expect(standing(standings, 1e12)).toEqual({ cause: 'auth', until: null })
  expect(standings.nextFreeAt()).toBeNull()
  expect(standings.release('claude', base)).toBe(false)
  expect(standings.release('codex', base)).toBe(true)
  expect(standing(standings)).toBeUndefined()
})

test('one that is parked is released too, also for the next holder', () => {
  const journal = new MemoryJournal()
  const standings = new Standings(journal)
  standings.noted(ended(limited), base)
  expect(standing(new Standings(journal))).toMatchObject({ cause: 'usage_limit' })
  standings.release('codex', base)
  expect([standing(standings), standing(new Standings(journal))]).toEqual([undefined, undefined])
})

test('what keeps a credential longest holds, and simulated attempts say nothing of it', () => {
  const standings = new Standings(new MemoryJournal())
  standings.noted(ended({ ...limited, simulated: true }), base)
  expect(standing(standings)).toBeUndefined()
  standings.noted(ended(limited), base)
  standings.noted(ended({ ...failure, cause: 'rate_limited' }), base)
  expect(standing(standings)).toEqual({ cause: 'usage_limit', until: 1000 + 2 * hour + 300_000 })
})

test('a service that answers again begins anew with its back-off', () => {
  const standings = new Standings(new MemoryJournal())
  const overloaded = { ...failure, cause: 'overloaded' as const }
  const until = (at: number) => {
    standings.noted(ended(overloaded, at), base)
    return (standing(standings, at)?.until ?? 0) - at
  }
  expect([until(1000), until(20_000)]).toEqual([10_000, 20_000])
  standings.noted(ended(failure, 50_000), base)
  expect(until(60_000)).toBe(10_000)
})

const agentStep = (id: string, more: Partial<Step> = {}): Step =>
  step(id, [], { body: { kind: 'prompt', prompt: 'x' }, agent: 'codex', ...more })

test('a run says that all of it waits for a quota, for an agent, or for people', () => {
  const standings = new Standings(new MemoryJournal())
  const run = new KernelRun(plan([agentStep('a'), agentStep('b'), step('gate', [], { body: gate() })]))
  const kinds = (given: KernelRun) => {
    const roster = standings.rosterOf(base, given.now)
    const dispatch = { roster, slots: new AgentSlots(roster, [given.state]), now: given.now }
    return [waitsFor(given.state, dispatch), canMove(given.state, dispatch)]
  }
  expect(kinds(run)).toEqual(['none', true])
  standings.noted(ended(limited, run.now), base)
  expect(kinds(run)).toEqual(['people', true])
  const lone = new KernelRun(plan([agentStep('a')]))
  expect(kinds(lone)).toEqual(['quota', true])
  standings.noted(ended({ ...failure, cause: 'auth' }, run.now), base)
  expect(kinds(lone)).toEqual(['agent', false])
  expect(kinds(new KernelRun(plan([agentStep('a'), agentStep('b', { fallback: ['claude'] })])))).toEqual(['none', true])
  expect(kinds(lone.start('a', 'codex'))).toEqual(['none', true])
})
