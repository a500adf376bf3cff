import type { DatabaseSync } from 'node:sqlite'
import type { SQLOutputValue } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { Outcome } from '../../base/cause.ts'
import { OrchdError } from '../../base/errors.ts'
import { runId, type RunId } from '../../base/ids.ts'
import type { Journal, NewEvent, RunRow } from '../../ports/journal.ts'
import type { JournalEvent, RunEvent } from '../../run/event.ts'
import { resultCode } from './open.ts'

/** The cursor below which no number is given to an event again, though the events may have been removed. */
export const seqFloor = 'seq_floor'

type Row = Record<string, SQLOutputValue>

/** The journal on SQLite: `append` is one transaction, and one fsync, however many events it takes. */
export function createJournal(database: DatabaseSync): Journal {
  const sql = statements(database)
  let last = Math.max(Number(sql.lastSeq.get()?.['seq'] ?? 0), Number(sql.getCursor.get(seqFloor)?.['value'] ?? 0))
  const cursors = new Map<string, number>()

  const write = (events: readonly NewEvent[]): void => {
    for (const [index, entry] of events.entries()) {
      if (entry.seq !== last + index + 1)
        throw new OrchdError('INTERNAL', `event ${entry.seq} does not follow ${last + index}`)
      const { at, type, ...rest } = entry.event
      const data = JSON.stringify(rest)
      sql.insert.run(entry.seq, entry.runId, at, type, data, checksum(entry.seq, entry.runId, at, type, data))
      const { row } = entry
      if (row !== null) sql.upsertRun.run(row.runId, row.plan, row.submittedAt, row.finishedAt, row.outcome, row.key)
    }
    for (const [name, value] of cursors) sql.setCursor.run(name, value)
  }

  const commit = (events: readonly NewEvent[]): void => {
    try {
      database.exec('begin immediate')
      write(events)
      database.exec('commit')
      cursors.clear()
      last += events.length
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw explained(error)
    }
  }

  return {
    append: commit,
    lastSeq: () => last,
    eventsOf: (id, afterSeq = 0) => sql.ofRun.all(id, afterSeq).map(entryOf),
    eventsAfter: (seq, limit) => sql.after.all(seq, limit).map(entryOf),
    unfinishedRuns: () => sql.unfinished.all().map((row) => runId(text(row, 'run_id'))),
    runByKey: (key) => optionalRun(sql.byKey.get(key)),
    runs: (limit) => sql.runs.all(limit).map(runRow),
    runsLike: (prefix, limit) => sql.like.all(prefix, `${prefix}~`, limit).map(runRow),
    cursor: (name) => cursors.get(name) ?? Number(sql.getCursor.get(name)?.['value'] ?? 0),
    saveCursor(name, value) {
      cursors.set(name, value)
    },
    flushCursors() {
      if (cursors.size > 0) commit([])
    },
  }
}

function statements(database: DatabaseSync) {
  return {
    lastSeq: database.prepare('select max(seq) as seq from journal'),
    insert: database.prepare('insert into journal (seq, run_id, at, type, data, crc) values (?, ?, ?, ?, ?, ?)'),
    upsertRun: database.prepare(
      `insert into runs (run_id, plan, submitted_at, finished_at, outcome, key) values (?, ?, ?, ?, ?, ?)
       on conflict (run_id) do update set finished_at = excluded.finished_at, outcome = excluded.outcome`,
    ),
    setCursor: database.prepare(
      'insert into cursors (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
    ),
    getCursor: database.prepare('select value from cursors where name = ?'),
    ofRun: database.prepare('select * from journal where run_id = ? and seq > ? order by seq'),
    after: database.prepare('select * from journal where seq > ? order by seq limit ?'),
    unfinished: database.prepare('select run_id from runs where finished_at is null order by run_id'),
    byKey: database.prepare('select * from runs where key = ? order by submitted_at desc limit 1'),
    runs: database.prepare('select * from runs order by run_id desc limit ?'),
    like: database.prepare('select * from runs where run_id >= ? and run_id < ? order by run_id limit ?'),
  }
}

const checksum = (seq: number, run: RunId, at: number, type: string, data: string): number =>
  crc32(`${seq}|${run}|${at}|${type}|${data}`)

function entryOf(row: Row): JournalEvent {
  const [seq, at, id] = [Number(row['seq']), Number(row['at']), runId(text(row, 'run_id'))]
  const [type, data] = [text(row, 'type'), text(row, 'data')]
  if (checksum(seq, id, at, type, data) !== Number(row['crc'])) {
    throw new OrchdError('STATE_CORRUPT', `event ${seq} of run "${id}" does not match its checksum`)
  }
  // The checksum holds, so this is what `append` wrote: an event of ours, or of an older orchd, which `reduce` knows.
  return { seq, runId: id, event: { type, at, ...JSON.parse(data) } as RunEvent }
}

const text = (row: Row, column: string): string => String(row[column])
const optionalRun = (row: Row | undefined): RunRow | undefined => (row === undefined ? undefined : runRow(row))

export function runRow(row: Row): RunRow {
  return {
    runId: runId(text(row, 'run_id')),
    plan: text(row, 'plan'),
    submittedAt: Number(row['submitted_at']),
    finishedAt: row['finished_at'] === null ? null : Number(row['finished_at']),
    outcome: row['outcome'] as Outcome | null, // written from a RunState by `append`
    key: row['key'] === null ? null : text(row, 'key'),
  }
}

/** Whether a commit failed for lack of space, and for nothing else. */
export const isOutOfSpace = (error: unknown): boolean => error instanceof OrchdError && resultCode(error.cause) === full

const full = 13
const ioError = 10

/** What SQLite says of a disk without space, or with an error, as our error. */
export function explained(error: unknown): unknown {
  const code = resultCode(error)
  if (code === full) return new OrchdError('DISK_FULL', 'the journal could not be written', { cause: error })
  if (code !== ioError) return error
  const help = 'look at the disk, its quotas and limits; orchd tries again by itself'
  const message = 'the journal could not be written: the file system reports an error'
  return new OrchdError('DISK_FULL', message, { cause: error, help })
}
