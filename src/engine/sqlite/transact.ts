import type { DatabaseSync } from 'node:sqlite'
import { OrchdError } from '../../base/errors.ts'
import { type Digest, digestRow, minus, plus } from './digest.ts'
import { explained } from './explained.ts'
import { writeHighWater } from './high-water.ts'

/** What a transaction tells of the rows that it changes: the checksum each had, and has. */
export type Changes = {
  /** `null`: there was no such row, or there is none any more. */
  row(table: 'events' | 'runs' | 'cursors', before: number | null, after: number | null): void
}

/**
 * Runs `work` as one durable transaction, together with the digest of what is in the database then.
 *
 * @returns what `work` returns, once it is on the disk
 * @throws OrchdError DISK_FULL, STATE_CORRUPT; nothing was changed then
 */
export type Transact = <T>(work: (changes: Changes) => T, lastSeq: (result: T) => number) => T

export function createTransact(database: DatabaseSync): Transact {
  const row = digestRow(database)
  return (work, lastSeq) => {
    try {
      database.exec('begin immediate')
      let digest = row.read()
      if (digest === null) throw new OrchdError('STATE_CORRUPT', 'the digest of the journal was changed')
      const result = work({ row: (...change) => (digest = changed(digest!, ...change)) }) // set above, never unset
      digest = { ...digest, commits: digest.commits + 1 }
      row.write(digest)
      database.exec('commit')
      const file = database.location()
      if (file !== null) writeHighWater(file, { commits: digest.commits, seq: lastSeq(result) })
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw explained(error)
    }
  }
}

function changed(
  digest: Digest,
  table: 'events' | 'runs' | 'cursors',
  before: number | null,
  after: number | null,
): Digest {
  let sum = digest[table]
  if (before !== null) sum = minus(sum, before)
  if (after !== null) sum = plus(sum, after)
  return { ...digest, [table]: sum }
}
