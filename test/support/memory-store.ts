import type { JournalEvent } from '../../src/run/event.ts'
import type { Journal, NewEvent, RunRow } from '../../src/ports/journal.ts'

/** A journal that keeps its events as text in memory: what survives a crash in the simulation. */
export class MemoryJournal implements Journal {
  readonly rows = new Map<string, RunRow>()
  readonly lines: string[] = []
  /** Called with what is about to be written; may throw, and then nothing is. */
  beforeAppend: (events: readonly NewEvent[]) => void = () => {}
  /** Called once it is durable; may throw, which is a crash right behind the commit. */
  afterAppend: (events: readonly NewEvent[]) => void = () => {}
  /** A planted bug: a commit is acknowledged at once, and done only with the next one. */
  late = false
  readonly #entries: JournalEvent[] = []
  readonly #byRun = new Map<string, JournalEvent[]>()
  #waiting: readonly NewEvent[] = []
  readonly #cursors = new Map<string, number>()

  append(events: readonly NewEvent[]): void {
    this.beforeAppend(events)
    const now = this.late ? this.#waiting : events
    this.#waiting = this.late ? events : []
    for (const { row, ...entry } of now) {
      if (entry.seq !== this.lines.length + 1)
        throw new Error(`event ${entry.seq} does not follow ${this.lines.length}`)
      this.#keep(JSON.stringify(entry))
      if (row !== null) this.rows.set(row.runId, row)
    }
    this.afterAppend(events)
  }

  /** Events are read as text was written: what JSON does not keep is not there any more. */
  #keep(line: string): void {
    const entry: JournalEvent = JSON.parse(line)
    this.lines.push(line)
    this.#entries.push(entry)
    const own = this.#byRun.get(entry.runId)
    if (own === undefined) this.#byRun.set(entry.runId, [entry])
    else own.push(entry)
  }

  lastSeq(): number {
    return this.lines.length + this.#waiting.length
  }

  eventsOf(runId: RunRow['runId'], afterSeq = 0): ReturnType<Journal['eventsOf']> {
    const own = this.#byRun.get(runId) ?? []
    return afterSeq === 0 ? own : own.slice(own.findLastIndex(({ seq }) => seq <= afterSeq) + 1)
  }

  eventsAfter(seq: number, limit: number): ReturnType<Journal['eventsAfter']> {
    return this.#entries.slice(seq, seq + limit)
  }

  attemptsEnded(): ReturnType<Journal['attemptsEnded']> {
    return this.#entries
      .filter(({ event: { type } }) => type === 'attempt_finished' || type === 'attempt_lost')
      .toReversed()
  }

  unfinishedRuns(): readonly RunRow['runId'][] {
    return [...this.rows.values()].filter((row) => row.finishedAt === null).map((row) => row.runId)
  }

  runByKey(key: string): RunRow | undefined {
    return [...this.rows.values()].findLast((row) => row.key === key)
  }

  runs(limit: number): readonly RunRow[] {
    return [...this.rows.values()].toReversed().slice(0, limit)
  }

  runsLike(prefix: string, limit: number): readonly RunRow[] {
    return [...this.rows.values()].filter((row) => row.runId.startsWith(prefix)).slice(0, limit)
  }

  cursor(name: string): number {
    return this.#cursors.get(name) ?? 0
  }

  saveCursor(name: string, value: number): void {
    this.#cursors.set(name, value)
  }

  flushCursors(): void {}
}
