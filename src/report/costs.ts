import type { Instant, RunId } from '../base/ids.ts'
import type { CostGroup, CostReport, CostRow } from '../ports/costs.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { isFree } from '../run/demand.ts'
import type { JournalEvent } from '../run/event.ts'
import { neverBegan } from '../run/ledger.ts'
import { roundUsd, untoldOf } from '../run/usage.ts'

/** What is to be summed up, and how. */
export type CostWish = {
  /** Only attempts that ended since then. */
  readonly since: Instant | null
  readonly run: RunId | null
  readonly by: CostGroup
}

/**
 * What the attempts of agents used, from the events with which they ended, newest first. What an attempt did not tell is
 * counted, and in no sum. Commands and simulated work cost nothing and are left out.
 *
 * @param planOf the name of a run's plan
 */
export function costReport(ended: Iterable<JournalEvent>, wish: CostWish, planOf: (run: RunId) => string): CostReport {
  const rows = new Map<string, CostRow>()
  let total = emptyRow('total')
  for (const { runId, event } of ended) {
    if (event.type !== 'attempt_finished' && event.type !== 'attempt_lost') continue
    if (wish.since !== null && event.at < wish.since) break
    const result = event.type === 'attempt_finished' ? event.result : null
    const { agent = 'unknown', step, at } = event
    const usedNothing = isFree(agent) || result?.simulated === true || (result !== null && neverBegan.has(result.cause))
    if (usedNothing || (wish.run !== null && runId !== wish.run)) continue
    const keys = { agent, step, plan: planOf(runId), day: new Date(at).toISOString().slice(0, 10) }
    const key = keys[wish.by]
    rows.set(key, withAttempt(rows.get(key) ?? emptyRow(key), result))
    total = withAttempt(total, result)
  }
  const { since, run, by } = wish
  return {
    since: since === null ? null : new Date(since).toISOString(),
    run_id: run,
    by,
    rows: [...rows.values()].toSorted((a, b) =>
      by === 'day' ? (a.key < b.key ? 1 : -1) : b.cost_usd - a.cost_usd || b.input_tokens - a.input_tokens,
    ),
    total,
  }
}

const emptyRow = (key: string): CostRow => ({
  key,
  attempts: 0,
  input_tokens: 0,
  cache_read_tokens: 0,
  output_tokens: 0,
  cost_usd: 0,
  list_priced: 0,
  unknown_tokens: 0,
  unknown_cost: 0,
})

function withAttempt(row: CostRow, result: AttemptResult | null): CostRow {
  const { usage = null, costUsd = null, costSource } = result ?? {}
  const untold = untoldOf(result)
  return {
    key: row.key,
    attempts: row.attempts + 1,
    input_tokens: row.input_tokens + (usage?.inputTokens ?? 0),
    cache_read_tokens: row.cache_read_tokens + (usage?.cacheReadTokens ?? 0),
    output_tokens: row.output_tokens + (usage?.outputTokens ?? 0),
    cost_usd: roundUsd(row.cost_usd + (costUsd ?? 0)),
    list_priced: row.list_priced + (costSource === 'list_price' ? 1 : 0),
    unknown_tokens: row.unknown_tokens + (untold.usage ? 1 : 0),
    unknown_cost: row.unknown_cost + (untold.cost ? 1 : 0),
  }
}
