import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { checksumOfEvent } from '../../src/engine/sqlite/checksum.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { migrations } from '../../src/engine/sqlite/migrations.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import type { JournalEvent } from '../../src/run/event.ts'

const entriesOf = (file: string): JournalEvent[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A state folder as orchd 0.1.0 and 0.2.0 wrote it: schema 1, which knew no checksums but those of events. */
function ofSchema1(entries: readonly JournalEvent[]): { readonly folder: string; readonly database: DatabaseSync } {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-upgrade-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const database = new DatabaseSync(join(folder, 'orchd.db'))
  database.exec(`pragma journal_mode = wal; ${migrations[0]}; pragma user_version = 1`)
  const event = database.prepare('insert into journal values (?, ?, ?, ?, ?, ?)')
  const run = database.prepare('insert or ignore into runs values (?, ?, ?, null, null, ?)')
  for (const [index, { runId, event: written }] of entries.entries()) {
    const { type, at, ...rest } = written
    const data = JSON.stringify(rest)
    event.run(index + 1, runId, at, type, data, checksumOfEvent(index + 1, runId, at, type, data))
    run.run(runId, `plan of ${runId}`, at, `key of ${runId}`)
  }
  database.exec("insert into cursors values ('telemetry', 3)")
  return { folder, database }
}

test.each(globSync('test/fixtures/journals/*.jsonl'))('%s in a file of schema 1 is taken over', (file) => {
  const entries = entriesOf(file)
  const old = ofSchema1(entries)
  old.database.close()
  openDatabase(old.folder).close()
  using database = openDatabase(old.folder)
  const journal = createJournal(database)
  expect(journal.eventsAfter(0, entries.length + 1)).toEqual(
    entries.map(({ runId, event }, index) => ({ seq: index + 1, runId, event })),
  )
  const runs = [...new Set(entries.map(({ runId }) => runId))]
  expect(journal.unfinishedRuns()).toEqual(runs.toSorted())
  for (const id of runs) expect(journal.runByKey(`key of ${id}`)).toMatchObject({ runId: id, plan: `plan of ${id}` })
  expect(journal.cursor('telemetry')).toBe(3)
})

test('a file of schema 1 with a changed event is refused, and stays of schema 1', () => {
  const [file] = globSync('test/fixtures/journals/*.jsonl')
  const { folder, database } = ofSchema1(entriesOf(file!))
  database.exec('update journal set at = at + 1 where seq = 2')
  database.close()
  for (let time = 0; time < 2; time++) expect(() => openDatabase(folder)).toThrow('event 2 of run')
})
