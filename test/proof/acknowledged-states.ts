import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentOf, type Files, filesOf } from '../../demo/support/damage.ts'
import { type RunId, runId } from '../../src/base/ids.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { databaseFile, openDatabase } from '../../src/engine/sqlite/open.ts'
import { createRemoval } from '../../src/engine/sqlite/removal.ts'
import type { NewEvent, RunRow } from '../../src/ports/journal.ts'
import { variedRun } from '../support/varied-run.ts'

/** The journal's files right behind a commit, and what it held then. */
export type State = { readonly name: string; readonly files: Files; readonly content: string }

/** The same journal as it may lie on the disk, and the records at its end, each of which was acknowledged. */
export type States = { readonly shapes: readonly State[]; readonly records: readonly State[] }

const idOf = (number: number): RunId => runId(`r${String(number).padStart(14, '0')}`)
const eventsAtOnce = 3
const runs = 8

/** Writes runs, removes one, and takes the files at every moment that differs for SQLite. */
export function acknowledgedStates(): States {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-acknowledged-'))
  const database = openDatabase(folder)
  const journal = createJournal(database)
  const stateNamed = (name: string): State => ({ name, files: filesOf(folder), content: contentOf(journal) })
  const shapes: State[] = []
  const records: State[] = []
  const write = (number: number): void => {
    const entries = entriesOf(number, journal.lastSeq() + 1)
    for (let from = 0; from < entries.length; from += eventsAtOnce) {
      journal.saveCursor('telemetry', journal.lastSeq())
      journal.append(entries.slice(from, from + eventsAtOnce))
      records.push(stateNamed(`record ${records.length}`))
    }
  }
  try {
    for (let number = 0; number < runs; number++) write(number)
    createRemoval(database, journal, databaseFile(folder)).remove(idOf(2), 1000)
    shapes.push(stateNamed('all in the log'))
    database.exec('pragma wal_checkpoint(passive)')
    shapes.push(stateNamed('all in the file, the log still there'))
    records.length = 0
    write(runs)
    write(runs + 1)
    shapes.push(stateNamed('the log begun anew over an old one'))
    const { content } = shapes.at(-1)!
    database.close()
    shapes.push({ name: 'closed', files: filesOf(folder), content })
    return { shapes, records }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What a next holder does: it writes, removes a run, and gives the free pages back. */
export function goOn(folder: string): void {
  using database = openDatabase(folder)
  const journal = createJournal(database)
  const removal = createRemoval(database, journal, databaseFile(folder))
  removal.remove(idOf(3), 1000)
  journal.append(entriesOf(runs + 2, journal.lastSeq() + 1))
  removal.shrink(1000)
  removal.settle()
}

function entriesOf(number: number, first: number): NewEvent[] {
  const events = variedRun()
  const id = idOf(number)
  const row: RunRow = {
    runId: id,
    plan: `plan ${number}`,
    submittedAt: 1_700_000_000_000 + number,
    finishedAt: null,
    outcome: null,
    key: number % 2 === 0 ? `key ${number}` : null,
  }
  const ended: RunRow = { ...row, finishedAt: row.submittedAt + 5, outcome: 'success' }
  const isLeftOpen = number % 3 === 1
  return events.map((event, index): NewEvent => {
    const isLast = index === events.length - 1 && !isLeftOpen
    return { seq: first + index, runId: id, event, row: index === 0 ? row : isLast ? ended : null }
  })
}
