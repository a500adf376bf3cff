import type { DatabaseSync } from 'node:sqlite'
import type { Outcome } from '../../base/cause.ts'
import { OrchdError } from '../../base/errors.ts'
import { runId } from '../../base/ids.ts'
import type { Journal, NewEvent, RunRow } from '../../ports/journal.ts'
import type { JournalEvent, RunEvent } from '../../run/event.ts'
import { checksumOfCursor, checksumOfEvent, checksumOfRun, type Row } from './checksum.ts'
import { type EventRow, isWhole, prepareEvents } from './event-rows.ts'
import { explained } from './explained.ts'
import { type Changes, createTransact } from './transact.ts'

/** The cursor below which no number is given to an event again, though the events may have been removed. */
export const seqFloor = 'seq_floor'

/** The journal on SQLite: `append` is one transaction, and one fsync, however many events it takes. */
export function createJournal(database: DatabaseSync): Journal {
  const sql = statements(database)
  const transact = createTransact(database)
  let last = Math.max(Number(sql.lastSeq.get()?.['seq'] ?? 0), Number(sql.getCursor.get(seqFloor)?.['value'] ?? 0))
  const cursors = new Map<string, number>()

  const writeRun = (row: RunRow, changes: Changes): void => {
    const { runId: id, plan, submittedAt, finishedAt, outcome, key } = row
    const before = sql.run.get(id)
    const written = before ?? { run_id: id, plan, submitted_at: submittedAt, key }
    const crc = checksumOfRun({ ...written, finished_at: finishedAt, outcome })
    sql.upsertRun.run(id, plan, submittedAt, finishedAt, outcome, key, crc)
    changes.row('runs', before === undefined ? null : Number(before['crc']), crc)
  }

  const writeCursor = (name: string, value: number, changes: Changes): void => {
    const before = sql.getCursor.get(name)?.['value']
    sql.setCursor.run(name, value)
    const checksum = before === undefined ? null : checksumOfCursor(name, Number(before))
    changes.row('cursors', checksum, checksumOfCursor(name, value))
  }

  const write = (events: readonly NewEvent[], changes: Changes): void => {
    for (const [index, entry] of events.entries()) {
      if (entry.seq !== last + index + 1)
        throw new OrchdError('INTERNAL', `event ${entry.seq} does not follow ${last + index}`)
      const { at, type, ...rest } = entry.event
      const data = JSON.stringify(rest)
      const crc = checksumOfEvent(entry.seq, entry.runId, at, type, data)
      sql.insert.run(entry.seq, entry.runId, at, type, data, crc)
      changes.row('events', null, crc)
      if (entry.row !== null) writeRun(entry.row, changes)
    }
    for (const [name, value] of cursors) writeCursor(name, value, changes)
  }

  const commit = (events: readonly NewEvent[]): void => {
    transact(
      (changes) => write(events, changes),
      () => last + events.length,
    )
    cursors.clear()
    last += events.length
  }

  return {
    append: commit,
    lastSeq: () => last,
    eventsOf: (id, afterSeq = 0, limit = -1) => reading(() => sql.ofRun.all(id, afterSeq, limit).map(entryOf)), // -1: all
    eventsAfter: (seq, limit) => reading(() => sql.after.all(seq, limit).map(entryOf)),
    attemptsEnded: () => readingEach(sql.ended.iterate()),
    unfinishedRuns: () => reading(() => sql.unfinished.all().map((row) => runId(text(row, 'run_id')))),
    runByKey: (key) => reading(() => optionalRun(sql.byKey.get(key))),
    runs: (limit) => reading(() => sql.runs.all(limit).map(runRow)),
    runsLike: (prefix, limit) => reading(() => sql.like.all(prefix, `${prefix}~`, limit).map(runRow)),
    cursor: (name) => cursors.get(name) ?? reading(() => Number(sql.getCursor.get(name)?.['value'] ?? 0)),
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
      `insert into runs (run_id, plan, submitted_at, finished_at, outcome, key, crc) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (run_id) do update set finished_at = excluded.finished_at, outcome = excluded.outcome, crc = excluded.crc`,
    ),
    run: database.prepare('select * from runs where run_id = ?'),
    setCursor: database.prepare(
      'insert into cursors (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
    ),
    getCursor: database.prepare('select value from cursors where name = ?'),
    ofRun: prepareEvents(database, 'where run_id = ? and seq > ? order by seq limit ?'),
    after: prepareEvents(database, 'where seq > ? order by seq limit ?'),
    ended: prepareEvents(database, `where type in ('attempt_finished', 'attempt_lost') order by seq desc`),
    unfinished: database.prepare('select run_id from runs where finished_at is null order by run_id'),
    byKey: database.prepare('select * from runs where key = ? order by submitted_at desc limit 1'),
    runs: database.prepare('select * from runs order by run_id desc limit ?'),
    like: database.prepare('select * from runs where run_id >= ? and run_id < ? order by run_id limit ?'),
  }
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw explained(error)
  }
}

function* readingEach(rows: Iterable<EventRow>): Generator<JournalEvent> {
  try {
    for (const row of rows) yield entryOf(row)
  } catch (error) {
    throw explained(error)
  }
}

function entryOf(row: EventRow): JournalEvent {
  const [seq, run, at, type, data] = row
  if (!isWhole(row)) throw new OrchdError('STATE_CORRUPT', `event ${seq} of run "${run}" does not match its checksum`)
  // The checksum holds, so this is what `append` wrote: an event of ours, or of an older orchd, which `reduce` knows.
  return { seq, runId: runId(run), event: { type, at, ...JSON.parse(data) } as RunEvent }
}

const text = (row: Row, column: string): string => String(row[column])
const optionalRun = (row: Row | undefined): RunRow | undefined => (row === undefined ? undefined : runRow(row))

/** @throws OrchdError STATE_CORRUPT when the row does not match its checksum */
export function runRow(row: Row): RunRow {
  if (checksumOfRun(row) !== Number(row['crc'])) {
    throw new OrchdError('STATE_CORRUPT', `the row of run "${text(row, 'run_id')}" does not match its checksum`)
  }
  return {
    runId: runId(text(row, 'run_id')),
    plan: text(row, 'plan'),
    submittedAt: Number(row['submitted_at']),
    finishedAt: row['finished_at'] === null ? null : Number(row['finished_at']),
    outcome: row['outcome'] as Outcome | null, // written from a RunState by `append`
    key: row['key'] === null ? null : text(row, 'key'),
  }
}
