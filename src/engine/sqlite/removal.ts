import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { runId, type RunId } from '../../base/ids.ts'
import type { Journal, RunRow } from '../../ports/journal.ts'
import { checksumOfCursor } from './checksum.ts'
import { runRow, seqFloor } from './journal.ts'
import { createTransact } from './transact.ts'

/**
 * Takes runs out of the journal for good. Each call is one short transaction, so that the engine's loop never waits
 * for long; killed between two of them, the next holder goes on with `leftovers`.
 */
export type Removal = {
  /** The runs that are finished, the newest first. */
  finished(): readonly RunRow[]
  unfinished(): number
  /** Whether there is such a run, finished or not. */
  has(id: string): boolean
  isFinished(id: RunId): boolean
  sizeOf(id: RunId): { readonly events: number; readonly bytes: number; readonly lastSeq: number }
  /** Removes a run's row and its first events, at most `most`; the run is gone for all others then. How many it took. */
  remove(id: RunId, most: number): number
  /** Runs without a row, of which events are left. */
  leftovers(): readonly RunId[]
  /** Gives `pages` free pages back to the file system; false when there are no more. */
  shrink(pages: number): boolean
  /** Writes what is in the write-ahead log into the file, which gets as small as it can. */
  settle(): void
  /** The size of the file and its log. */
  bytes(): number
}

export function createRemoval(database: DatabaseSync, journal: Pick<Journal, 'lastSeq'>, file: string): Removal {
  const sql = statements(database)
  const transact = createTransact(database)
  return {
    finished: () => sql.finished.all().map(runRow),
    unfinished: () => Number(sql.unfinished.get()?.['count']),
    has: (id) => sql.row.get(id) !== undefined,
    isFinished: (id) => (sql.row.get(id)?.['finished_at'] ?? null) !== null,
    sizeOf(id) {
      const row = sql.size.get(id)
      return { events: Number(row?.['events']), bytes: Number(row?.['bytes']), lastSeq: Number(row?.['last_seq']) }
    },
    remove: (id, most) =>
      transact((changes) => {
        const removed = sql.removeRow.get(id)
        if (removed !== undefined) changes.row('runs', Number(removed['crc']), null)
        const floor = sql.floor.get(seqFloor)?.['value']
        sql.keepFloor.run(seqFloor, journal.lastSeq())
        const before = floor === undefined ? null : checksumOfCursor(seqFloor, Number(floor))
        changes.row('cursors', before, checksumOfCursor(seqFloor, Math.max(Number(floor ?? 0), journal.lastSeq())))
        const events = sql.removeEvents.all(id, most)
        for (const { crc } of events) changes.row('events', Number(crc), null)
        return events.length
      }, journal.lastSeq),
    leftovers: () => sql.leftovers.all().map(({ id }) => runId(String(id))),
    shrink(pages) {
      sql.shrink(pages)
      return Number(sql.freePages.get()?.['freelist_count']) > 0
    },
    settle: () => database.exec('pragma wal_checkpoint(truncate)'),
    bytes: () => sizeOf(file) + sizeOf(`${file}-wal`),
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

function statements(database: DatabaseSync) {
  return {
    finished: database.prepare(
      'select * from runs where finished_at is not null order by finished_at desc, run_id desc',
    ),
    unfinished: database.prepare('select count(*) as count from runs where finished_at is null'),
    row: database.prepare('select finished_at from runs where run_id = ?'),
    size: database.prepare(
      `select count(*) as events, coalesce(max(seq), 0) as last_seq,
         coalesce(sum(octet_length(data) + 2 * length(run_id) + length(type) + 24), 0) as bytes
       from journal where run_id = ?`,
    ),
    removeRow: database.prepare('delete from runs where run_id = ? returning crc'),
    floor: database.prepare('select value from cursors where name = ?'),
    keepFloor: database.prepare(
      'insert into cursors (name, value) values (?, ?) on conflict (name) do update set value = max(value, excluded.value)',
    ),
    removeEvents: database.prepare(
      'delete from journal where seq in (select seq from journal where run_id = ? order by seq limit ?) returning crc',
    ),
    // From one run to the next over the index, and not over all its rows (https://sqlite.org/lang_with.html).
    leftovers: database.prepare(
      `with recursive ids(id) as (
         select min(run_id) from journal
         union all select (select min(run_id) from journal where run_id > ids.id) from ids where ids.id is not null
       ) select id from ids where id is not null and id not in (select run_id from runs)`,
    ),
    shrink: (pages: number) => database.prepare(`pragma incremental_vacuum(${pages})`).all(),
    freePages: database.prepare('pragma freelist_count'),
  }
}
