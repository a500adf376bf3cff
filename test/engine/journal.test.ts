import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import { digestRow } from '../../src/engine/sqlite/digest.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import type { NewEvent } from '../../src/ports/journal.ts'
import { plan, step } from '../support/plans.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchd-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const id = runId('r00000000000001')
const row = { runId: id, plan: 'test', submittedAt: 5, finishedAt: null, outcome: null, key: 'k' }
const submitted: NewEvent = {
  seq: 1,
  runId: id,
  event: {
    type: 'run_submitted',
    at: 5,
    plan: plan([step('a')]),
    inputs: { n: 1 },
    source: { file: 'p.yaml', sha256: '', projectFolder: '/p' },
    simulate: 'none',
    path: null,
    requestId: null,
  },
  row,
}
const cancelled: NewEvent = {
  seq: 2,
  runId: id,
  event: { type: 'cancel_requested', at: 6, by: 'ada', reason: null },
  row: null,
}

test('what was appended is there after the file was closed and opened again', () => {
  const first = openDatabase(folder)
  const journal = createJournal(first)
  journal.append([submitted, cancelled])
  journal.saveCursor('telemetry', 1)
  journal.flushCursors()
  first.close()
  using second = openDatabase(folder)
  const again = createJournal(second)
  expect(again.eventsOf(id)).toEqual(
    [submitted, cancelled].map(({ seq, runId: run, event }) => ({ seq, runId: run, event })),
  )
  expect([again.lastSeq(), again.cursor('telemetry'), again.unfinishedRuns(), again.runByKey('k')]).toEqual([
    2,
    1,
    [id],
    row,
  ])
  expect(again.eventsAfter(1, 10).map((entry) => entry.seq)).toEqual([2])
})

test('a run whose row says that it is finished is not listed as unfinished', () => {
  using database = openDatabase(folder)
  const journal = createJournal(database)
  journal.append([submitted])
  journal.append([{ ...cancelled, row: { ...row, finishedAt: 6, outcome: 'cancellation' } }])
  expect(journal.unfinishedRuns()).toEqual([])
  expect(journal.runsLike('r0000', 5)).toMatchObject([{ outcome: 'cancellation', submittedAt: 5 }])
})

test('an event out of order is refused, and nothing of its batch is written', () => {
  using database = openDatabase(folder)
  const journal = createJournal(database)
  expect(() => journal.append([submitted, { ...cancelled, seq: 3 }])).toThrow('event 3 does not follow 1')
  expect([journal.lastSeq(), journal.eventsOf(id)]).toEqual([0, []])
})

test.each(['data', 'at', 'type', 'run_id'])('a changed %s is noticed by the checksum', (column) => {
  using database = openDatabase(folder)
  const journal = createJournal(database)
  journal.append([submitted, cancelled])
  database.exec(
    `update journal set ${column} = ${column === 'at' ? '7' : `replace(${column}, 'r', 's')`} where seq = 2`,
  )
  expect(() => journal.eventsAfter(0, 10)).toThrow('event 2')
})

test('a second process, or a second opening, is told that the folder is held', () => {
  using _ = openDatabase(folder)
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'STATE_BUSY' }))
})

test('a file of a newer orchd is refused', () => {
  const database = openDatabase(folder)
  const digest = digestRow(database)
  digest.write({ ...digest.read()!, version: 99 })
  database.exec('pragma user_version = 99')
  database.close()
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'STATE_NEWER' }))
})

test('a changed row of a run is noticed, while it is open and when it is opened', () => {
  const database = openDatabase(folder)
  const journal = createJournal(database)
  journal.append([submitted])
  database.exec('update runs set finished_at = 7')
  expect(() => journal.runs(10)).toThrow(`the row of run "${id}" does not match its checksum`)
  database.close()
  expect(() => openDatabase(folder)).toThrow(`the row of run "${id}" does not match its checksum`)
})

test.each([
  ["insert into cursors values ('other', 9)", 'it holds 2 cursors that are not the 1 that were written'],
  ["update cursors set value = 9 where name = 'telemetry'", 'it holds 1 cursors that are not the 1'],
  ['delete from runs', 'it holds 0 runs that are not the 1'],
  ['delete from journal where seq = 1', 'it holds 1 events that are not the 2'],
  ['drop index runs_by_key', 'its tables are not those that orchd made'],
  ['update digest set commits = 9', 'its digest does not match its checksum'],
  ['pragma user_version = 1', 'it is of schema 2, but says 1'],
])('what others did to it is noticed when it is opened: %s', (change, message) => {
  const database = openDatabase(folder)
  const journal = createJournal(database)
  journal.saveCursor('telemetry', 1)
  journal.append([submitted, cancelled])
  database.exec(change)
  database.close()
  expect(() => openDatabase(folder)).toThrow(message)
})

/** A log that ends before the second commit, as SQLite takes one that was damaged there. */
function withoutLastCommit(): { readonly database: Buffer; readonly log: Buffer } {
  const database = openDatabase(folder)
  const journal = createJournal(database)
  journal.append([submitted])
  const file = join(folder, 'orchd.db')
  const [before, log] = [readFileSync(file), readFileSync(`${file}-wal`)]
  journal.append([cancelled])
  database.close()
  writeFileSync(file, before)
  writeFileSync(`${file}-wal`, log)
  return { database: before, log }
}

describe('an acknowledged commit that is not there any more', () => {
  test('is missed, and what is left stays as it is', () => {
    const { database, log } = withoutLastCommit()
    const file = join(folder, 'orchd.db')
    const help = expect.stringContaining(`to go on from event 1 all the same, remove "${file}-seq"`)
    for (let time = 0; time < 2; time++) {
      expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'STATE_CORRUPT', help }))
      expect(() => openDatabase(folder)).toThrow('ends at event 1, but event 2 was acknowledged')
      expect([readFileSync(file), readFileSync(`${file}-wal`)]).toEqual([database, log])
    }
  })

  test('is given up by who removes the note of it', () => {
    withoutLastCommit()
    rmSync(join(folder, 'orchd.db-seq'))
    using database = openDatabase(folder)
    expect(createJournal(database).lastSeq()).toBe(1)
  })

  test('is missed when the whole file is gone, and nothing new is begun in its place', () => {
    withoutLastCommit()
    for (const name of ['orchd.db', 'orchd.db-wal']) rmSync(join(folder, name))
    expect(() => openDatabase(folder)).toThrow('is missing or has lost its content')
    expect(existsSync(join(folder, 'orchd.db'))).toBe(false)
  })

  test('a holder that died while it closed a damaged file left it beside its place', () => {
    const { database } = withoutLastCommit()
    renameSync(join(folder, 'orchd.db'), join(folder, 'orchd.db-aside'))
    expect(() => openDatabase(folder)).toThrow('ends at event 1, but event 2 was acknowledged')
    expect(readFileSync(join(folder, 'orchd.db'))).toEqual(database)
  })
})

test.each([
  ['none', null],
  ['an earlier one, as a crash leaves it', 'commit 1 event 1 crc c0ffee'],
  ['an empty one, as a power loss leaves it', ''],
])('a note of what was acknowledged that lags raises no alarm: %s', (_, note) => {
  const first = openDatabase(folder)
  createJournal(first).append([submitted, cancelled])
  first.close()
  const file = join(folder, 'orchd.db-seq')
  if (note === null) rmSync(file)
  else writeFileSync(file, note)
  using second = openDatabase(folder)
  expect(createJournal(second).lastSeq()).toBe(2)
})
