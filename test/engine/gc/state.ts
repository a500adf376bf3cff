import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runId, type RunId } from '../../../src/base/ids.ts'
import { createCollector, type Collector } from '../../../src/engine/gc/collect.ts'
import { createJournal } from '../../../src/engine/sqlite/journal.ts'
import { databaseFile, openDatabase } from '../../../src/engine/sqlite/open.ts'
import { createRemoval, type Removal } from '../../../src/engine/sqlite/removal.ts'
import type { GcFolder, GcLine, GcRun, GcSummary, GcWish } from '../../../src/ports/gc.ts'
import type { Journal, NewEvent } from '../../../src/ports/journal.ts'

export const day = 86_400_000
/** The present of these tests: day 100. */
export const now = 100 * day

type RunWish = {
  /** The day it was submitted on and, unless it is unfinished, finished on. */
  readonly day: number
  readonly isFinished?: boolean
  readonly key?: string
  readonly events?: number
  readonly hasFiles?: boolean
}

/** A state folder with runs of given ages, on a real disk and a real database. */
export class State {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'orchd-gc-'))
  sentUpTo: number | null = null
  behind: () => void = () => {}
  database: DatabaseSync
  journal: Journal
  removal: Removal
  collector: Collector
  #count = 0

  constructor() {
    this.database = openDatabase(this.folder)
    this.journal = createJournal(this.database)
    this.removal = createRemoval(this.database, this.journal, databaseFile(this.folder))
    this.collector = this.#newCollector()
    onTestFinished(() => {
      if (this.database.isOpen) this.database.close()
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  /** As the next holder finds it. */
  reopen(): void {
    this.database.close()
    this.database = openDatabase(this.folder)
    this.journal = createJournal(this.database)
    this.removal = createRemoval(this.database, this.journal, databaseFile(this.folder))
    this.collector = this.#newCollector()
  }

  #newCollector(): Collector {
    return createCollector({
      stateFolder: this.folder,
      removal: this.removal,
      now: () => now,
      sentUpTo: () => this.sentUpTo,
      behind: () => this.behind(),
    })
  }

  run({ day: at, isFinished = true, key, events = 3, hasFiles = true }: RunWish): RunId {
    const id = runId(`r${String(++this.#count).padStart(14, '0')}`)
    const row = {
      runId: id,
      plan: `plan of ${id}`,
      submittedAt: at * day,
      finishedAt: isFinished ? at * day : null,
      outcome: isFinished ? ('success' as const) : null,
      key: key ?? null,
    }
    const first = this.journal.lastSeq() + 1
    const entries = Array.from({ length: events }, (_, index): NewEvent => ({
      seq: first + index,
      runId: id,
      event: { type: 'cancel_requested', at: at * day, by: 'x'.repeat(200), reason: null },
      row: index === 0 ? row : null,
    }))
    this.journal.append(entries)
    if (hasFiles) this.write(`runs/${id}/step/1/log`, 'a line\n')
    return id
  }

  write(path: string, text: string, changedOnDay = 100): void {
    const file = join(this.folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
    for (let at = file; at !== this.folder; at = join(at, '..'))
      utimesSync(at, changedOnDay * 86_400, changedOnDay * 86_400)
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path))
  }

  names(path: string): readonly string[] {
    return this.has(path) ? readdirSync(join(this.folder, path)).toSorted() : []
  }

  /** Every path in the folder. */
  get everything(): readonly string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).toSorted()
  }

  /** The runs that commands can see, and those of which anything is left. */
  get listed(): readonly string[] {
    return this.journal
      .runs(1000)
      .map((row) => row.runId)
      .toSorted()
  }

  get inJournal(): readonly string[] {
    return this.database
      .prepare('select distinct run_id from journal order by run_id')
      .all()
      .map((row) => String(row['run_id']))
  }

  async collect(wish: Partial<GcWish> = {}, signal: AbortSignal = new AbortController().signal): Promise<Told> {
    const all: GcWish = {
      older_than_ms: 30 * day,
      keep: 0,
      logs_only: false,
      dry_run: false,
      longest_ms: null,
      ...wish,
    }
    const lines: GcLine[] = []
    for await (const line of this.collector.collect(all, signal)) lines.push(line)
    return told(lines)
  }
}

export type Told = {
  readonly runs: readonly GcRun[]
  readonly ids: readonly string[]
  readonly folders: readonly GcFolder[]
  readonly summary: GcSummary
}

function told(lines: readonly GcLine[]): Told {
  const runs = lines.filter((line) => line.type === 'run')
  const summary = lines.at(-1)
  if (summary?.type !== 'summary') throw new Error('the sum is missing')
  return { runs, ids: runs.map((run) => run.run_id), folders: lines.filter((line) => line.type === 'folder'), summary }
}
