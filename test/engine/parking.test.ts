import { expect, test } from 'vitest'
import { Standings } from '../../src/engine/standings.ts'
import { stepId } from '../../src/base/ids.ts'
import { parkedUntil } from '../../src/run/quota.ts'
import { plan, step } from '../support/plans.ts'
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

test('an agent says when to come again, else a usual time holds', () => {
  expect(parkedUntil(limited, 0)).toBe(2 * hour + 300_000)
  expect(parkedUntil({ ...limited, message: 'quota used up' }, 0)).toBe(hour / 2)
  expect(parkedUntil({ ...limited, cause: 'rate_limited', message: 'retry after 20s' }, 0)).toBe(20_000)
  expect(parkedUntil({ ...limited, simulated: true }, 0)).toBeNull()
  expect(parkedUntil(failure, 0)).toBeNull()
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
