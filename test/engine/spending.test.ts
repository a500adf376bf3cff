import { expect, test } from 'vitest'
import { runId, stepId } from '../../src/base/ids.ts'
import { Spending } from '../../src/engine/spending.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { appendRun } from '../support/journals.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { success } from '../support/runs.ts'

const ended = (attempt: number, told: Partial<AttemptResult>): RunEvent => ({ type: 'attempt_finished', at: attempt, step: stepId('join'), attempt, agent: 'claude_code', result: { ...success, ...told } }) // prettier-ignore

test('an attempt in which the agent had nothing to do does not tell what the agent costs', () => {
  const journal = new MemoryJournal()
  const nothing = { costUsd: 0, usage: { inputTokens: 0, outputTokens: 0 } }
  appendRun(journal, runId('r00000000000000'), [
    ended(1, { costUsd: 2, usage: { inputTokens: 900, outputTokens: 100 } }),
    ended(2, nothing),
    ended(3, nothing),
  ])
  const { estimates } = new Spending(journal, () => null).fundsAt(10)
  expect(estimates.get('claude_code')).toEqual({ usd: 2, tokens: 1000, attempts: 1 })
})
