import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { checksumOfEvent } from './checksum.ts'

/** A row of the journal. Its columns have these types because `append` wrote them so, or its checksum does not match. */
export type EventRow = readonly [seq: number, run: string, at: number, type: string, data: string, crc: number]

export type EventQuery = {
  all(...parameters: SQLInputValue[]): readonly EventRow[]
  iterate(): Iterable<EventRow>
}

/** A query for events. Rows are arrays, not objects with names: at a start all of them are read. */
export function prepareEvents(database: DatabaseSync, condition: string): EventQuery {
  const statement = database.prepare(`select seq, run_id, at, type, data, crc from journal ${condition}`)
  statement.setReturnArrays(true)
  return statement as unknown as EventQuery // its types do not know of `setReturnArrays`
}

export const isWhole = ([seq, run, at, type, data, crc]: EventRow): boolean =>
  checksumOfEvent(seq, run, at, type, data) === crc
