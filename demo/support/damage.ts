import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OrchdError } from '../../src/base/errors.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import type { Journal } from '../../src/ports/journal.ts'

/** What makes up the journal on the disk: the database, its write-ahead log, the note of what was acknowledged. */
export const parts = ['orchd.db', 'orchd.db-wal', 'orchd.db-seq'] as const
export type Part = (typeof parts)[number]
export type Files = { readonly [Name in Part]: Buffer | null }

export function filesOf(stateFolder: string): Files {
  const read = (name: Part): Buffer | null => {
    try {
      return readFileSync(join(stateFolder, name))
    } catch {
      return null // a journal that was closed has no log
    }
  }
  return { 'orchd.db': read('orchd.db'), 'orchd.db-wal': read('orchd.db-wal'), 'orchd.db-seq': read('orchd.db-seq') }
}

export const cutAt = (files: Files, part: Part, bytes: number): Files => ({
  ...files,
  [part]: files[part]?.subarray(0, bytes) ?? null,
})

export function flipped(files: Files, part: Part, at: number, mask: number): Files {
  const copy = Buffer.from(files[part] ?? '')
  copy[at] = (copy[at] ?? 0) ^ mask
  return { ...files, [part]: copy }
}

/** All that can be read from a journal, as text. */
export function contentOf(journal: Journal): string {
  const runs = journal.runs(10_000)
  return JSON.stringify({
    last: journal.lastSeq(),
    runs,
    unfinished: journal.unfinishedRuns(),
    events: journal.eventsAfter(0, 1_000_000),
    ofRuns: runs.map(({ runId }) => journal.eventsOf(runId)),
    byId: runs.map(({ runId }) => journal.runsLike(runId, 2)),
    byKey: runs.map(({ key }) => (key === null ? null : (journal.runByKey(key)?.runId ?? null))),
    sent: journal.cursor('telemetry'),
  })
}

export type Opened = { readonly content: string } | { readonly refused: OrchdError } | { readonly unclear: unknown }

/** Opens a journal as the next holder does, reads all of it, and does `more` with it. */
export function opened(folder: string, more: (journal: Journal) => void = () => {}): Opened {
  try {
    using database = openDatabase(folder)
    const journal = createJournal(database)
    const content = contentOf(journal)
    more(journal)
    return { content }
  } catch (error) {
    const isClear = error instanceof OrchdError && error.message !== '' && error.code.startsWith('STATE_')
    return isClear ? { refused: error } : { unclear: error }
  }
}

/** One folder in which one damaged journal after the other is laid. */
export class Workbench implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'orchd-damage-'))

  lay(files: Files): string {
    rmSync(this.folder, { recursive: true })
    mkdirSync(this.folder, { mode: 0o700 })
    for (const part of parts) {
      const bytes = files[part]
      if (bytes !== null) writeFileSync(join(this.folder, part), bytes)
    }
    return this.folder
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
