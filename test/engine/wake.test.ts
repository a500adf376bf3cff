import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { EmbeddedEngine } from '../../src/engine/engine.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { stepState } from '../../src/run/state.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { plan, step } from '../support/plans.ts'
import { failure } from '../support/runs.ts'

test('a retry that comes due while the failure is being committed is not forgotten', async () => {
  let now = 1_700_000_000_000
  const due: { at: number; callback: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    soon: (callback) => void due.push({ at: now, callback }),
    at: (at, callback) => {
      const timer = { at, callback }
      due.push(timer)
      return { cancel: () => void due.splice(due.indexOf(timer) >>> 0, 1) }
    },
    random: () => 0,
  }
  const journal = new MemoryJournal()
  const reports: (() => void)[] = []
  const engine = new EmbeddedEngine({
    stateFolder: '/state',
    journal,
    clock,
    limit: 1,
    adapterFor: () => ({
      name: 'hand',
      start: (_attempt, report) => void reports.push(() => report(failure)),
      attach: async () => 'lost',
      stop() {},
    }),
    secretsFor: () => ({}),
    traceparentOf: () => '',
    mayStart: () => true,
    warn(error) {
      throw error
    },
  })
  const runAllDue = (): void => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      now = Math.max(now, next.at)
      next.callback()
    }
  }
  const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 10 }
  const submitted = engine.submit({
    plan: plan([step('a', [], { retry })]),
    inputs: {},
    source: { file: 'plan.yaml', sha256: '', projectFolder: '/project' },
    simulate: 'none',
    path: null,
    requestId: null,
    key: null,
  })
  runAllDue()
  const { runId } = await submitted
  // A disk that takes longer than the back-off.
  journal.afterAppend = () => void (now += 50)
  reports[0]!()
  runAllDue()
  expect(stepState(engine.get(runId)!, stepId('a'))).toMatchObject({ status: 'running', attempt: 2 })
})
