import { expect, test } from 'vitest'
import { Standings } from '../../src/engine/standings.ts'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { standingAfter } from '../../src/run/quota.ts'
import { plan, step } from '../support/plans.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { rosterAgent } from '../support/roster.ts'
import { failure, KernelRun } from '../support/runs.ts'
import { allocate } from '../../src/run/allocate.ts'

const base = {
  agents: new Map(['codex', 'claude'].map((name) => [name, rosterAgent(name)])),
  credentialCaps: new Map<string, number>(),
}
const hour = 3_600_000
const limited = {
  ...failure,
  cause: 'usage_limit' as const,
  message: 'You hit your usage limit.',
  retryAt: 2 * hour + 300_000,
}

const minute = 60_000
const until = (result: AttemptResult, before = 0) => standingAfter(result, 0, before)?.until

test('an agent says when to come again, else a usual time holds, which grows', () => {
  expect(until(limited)).toBe(2 * hour + 300_000)
  const { retryAt: _, ...untold } = limited
  expect([0, 1, 9].map((before) => until(untold, before))).toEqual([hour / 2, hour, 4 * hour])
  const rated = { ...untold, cause: 'rate_limited' as const }
  expect([0, 1, 9].map((before) => until(rated, before))).toEqual([minute, 2 * minute, 30 * minute])
  const busy = { ...untold, cause: 'overloaded' as const }
  expect([0, 1, 2, 99].map((before) => until(busy, before))).toEqual([10_000, 20_000, 40_000, 10 * minute])
  expect(until({ ...limited, retryAt: 90 * 24 * hour })).toBe(7 * 24 * hour)
  expect(until({ ...busy, retryAt: 0 })).toBe(10_000)
  expect(until({ ...limited, simulated: true })).toBeUndefined()
  expect(until(failure)).toBeUndefined()
  expect(until({ ...failure, cause: 'auth' })).toBeNull()
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
      {
        type: 'attempt_finished',
        at: run.now,
        step: stepId(id),
        attempt: 1,
        agent: 'codex',
        result: { ...limited, retryAt: run.now + 2 * hour + 300_000 },
      },
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

const ended = (result: AttemptResult) =>
  ({ type: 'attempt_finished', at: 1000, step: stepId('a'), attempt: 1, agent: 'codex', result }) as const

test('what an earlier holder left holds also when an attempt ends before anybody looks', () => {
  const journal = new MemoryJournal()
  new Standings(journal).noted(ended({ ...failure, cause: 'auth' }), base)
  const next = new Standings(journal)
  expect(next.noted(ended({ ...failure, cause: 'rate_limited' }), base)).toMatchObject({ parked: { until: null } })
  expect(next.rosterOf(base, 1000).standings.get('codex')).toEqual({ cause: 'auth', until: null })
})
