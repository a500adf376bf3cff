import type { DatabaseSync } from 'node:sqlite'
import type { Instant } from '../../base/ids.ts'

/** When the last event of a run that goes on was written; 0 when none goes on. */
export function latestOfUnfinished(database: DatabaseSync): Instant {
  const row = database
    .prepare(
      `select max((select at from journal where run_id = runs.run_id order by seq desc limit 1)) as at
       from runs where finished_at is null`,
    )
    .get()
  return Number(row?.['at'] ?? 0)
}
