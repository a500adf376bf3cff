import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
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
  openDatabase(folder).close()
  const database = new DatabaseSync(join(folder, 'orchd.db'))
  database.exec('pragma user_version = 99')
  database.close()
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'STATE_NEWER' }))
})
