import { expect, test } from 'vitest'
import { runId, stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { JournalEvent } from '../../src/run/event.ts'
import { costOfRow, tokensOfRow } from '../../src/report/spent.ts'
import { costReport } from '../../src/report/costs.ts'
import { success } from '../support/runs.ts'

const [one, other] = [runId('r00000000000001'), runId('r00000000000002')]
const day = 24 * 60 * 60 * 1000
let seq = 0

const ended = (
  runOf: typeof one,
  at: number,
  step: string,
  agent: string,
  more: Partial<AttemptResult>,
): JournalEvent => ({
  seq: ++seq,
  runId: runOf,
  event: { type: 'attempt_finished', at, step: stepId(step), attempt: 1, agent, result: { ...success, ...more } },
})

const used = (input: number, costUsd: number | null): Partial<AttemptResult> => ({
  usage: { inputTokens: input, outputTokens: 10, cacheReadTokens: 5 },
  costUsd,
})

const events = [
  ended(one, 1, 'old', 'claude', used(1, 9)),
  ended(one, day + 1, 'a', 'claude', used(100, 0.1)),
  ended(one, day + 2, 'sh', 'shell', {}),
  ended(one, day + 2, 'orchd-publish', 'orchd', {}),
  ended(one, day + 3, 'b', 'codex', { ...used(200, 0.4), costSource: 'list_price' }),
  ended(other, 2 * day, 'a', 'claude', { costUsd: null, outcome: 'timeout', cause: 'timeout' }),
  ended(other, 2 * day, 'a', 'claude', { outcome: 'error', cause: 'spawn_failed' }),
  ended(other, 2 * day, 'b', 'claude', { ...used(7, 7), simulated: true }),
].toReversed()

const planOf = (run: typeof one): string => (run === one ? 'first' : 'second')
const rowsBy = (by: 'agent' | 'plan' | 'day' | 'step', since: number | null = day, run: typeof one | null = null) =>
  costReport(events, { since, run, by }, planOf).rows.map((row) => [
    row.key,
    row.attempts,
    row.cost_usd,
    row.unknown_cost,
  ])

test('what was told in part is in the sum, and counted as unknown', () => {
  const part = ended(one, 1, 'a', 'claude', { ...used(3, 0.5), untold: { usage: false, cost: true } })
  const { total } = costReport([part], { since: null, run: null, by: 'agent' }, planOf)
  expect(total).toMatchObject({ cost_usd: 0.5, unknown_cost: 1, input_tokens: 3, unknown_tokens: 0 })
  expect(costOfRow(total)).toBe('$0.50, and 1 unknown')
})

test('costs are summed up by agent, plan, day or step; what was not told is counted apart', () => {
  expect(rowsBy('agent')).toEqual([['codex', 1, 0.4, 0], ['claude', 2, 0.1, 1]]) // prettier-ignore
  expect(rowsBy('plan')).toEqual([['first', 2, 0.5, 0], ['second', 1, 0, 1]]) // prettier-ignore
  expect(rowsBy('day')).toEqual([['1970-01-03', 1, 0, 1], ['1970-01-02', 2, 0.5, 0]]) // prettier-ignore
  expect(rowsBy('step', null, one)).toEqual([['old', 1, 9, 0], ['b', 1, 0.4, 0], ['a', 1, 0.1, 0]]) // prettier-ignore
  expect(costReport(events, { since: day, run: null, by: 'agent' }, planOf).total).toEqual({
    key: 'total',
    attempts: 3,
    input_tokens: 300,
    cache_read_tokens: 10,
    output_tokens: 20,
    cost_usd: 0.5,
    list_priced: 1,
    unknown_tokens: 1,
    unknown_cost: 1,
  })
})

test('what nobody told is unknown, never 0', () => {
  const row = { key: 'mute', attempts: 2, input_tokens: 0, cache_read_tokens: 0, output_tokens: 0, cost_usd: 0, list_priced: 0, unknown_tokens: 2, unknown_cost: 2 } // prettier-ignore
  expect([tokensOfRow(row), costOfRow(row)]).toEqual(['unknown', 'unknown'])
  expect(tokensOfRow({ ...row, unknown_tokens: 1 })).toBe('0 in, 0 out, 1 unknown')
})
