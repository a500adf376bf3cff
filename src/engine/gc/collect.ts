import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { OrchdError } from '../../base/errors.ts'
import { type Instant, isRunId } from '../../base/ids.ts'
import { idempotentMs, type GcFolder, type GcLine, type GcRun, type GcSpare, type GcWish } from '../../ports/gc.ts'
import type { Spare } from '../../ports/spares.ts'
import type { RunRow } from '../../ports/journal.ts'
import type { Removal } from '../sqlite/removal.ts'
import { chooseRuns } from './choose.ts'
import { createTrash, type Trash } from './trash.ts'
import { treeSize } from './tree.ts'

export type Collector = {
  /**
   * Removes what old finished runs left, or tells what it would remove. Aborting ends it behind the run it is at.
   *
   * @throws OrchdError GC_RUNNING, DISK_FULL
   */
  collect(wish: GcWish, signal: AbortSignal): AsyncGenerator<GcLine>
  /** Ends what goes on; resolves when the journal may be closed. */
  close(): Promise<void>
}

type Deps = {
  readonly stateFolder: string
  readonly removal: Removal
  readonly now: () => Instant
  /** The last event whose spans were sent; `null`: none will be. */
  readonly sentUpTo: () => number | null
  /** Has what a run did elsewhere kept or given back, before its workspaces are removed. */
  readonly letGo?: (id: RunRow['runId']) => Promise<void>
  /** What can be made again, and may be taken away when nobody uses it. */
  readonly spares?: () => Promise<readonly Spare[]>
  /** Behind each change on the disk: where tests kill the process. */
  readonly behind: () => void
}

/** Measured: 2 ms for so many events in a transaction of their own, and 5 to 16 ms for giving so many pages back. */
const eventsAtOnce = 500
const pagesAtOnce = 256

export function createCollector(deps: Deps): Collector {
  const closing = new AbortController()
  let current: Promise<void> | null = null
  return {
    async *collect(wish, signal) {
      if (wish.dry_run) return yield* new Collection(deps, wish, AbortSignal.any([signal, closing.signal])).run()
      if (current !== null) throw new OrchdError('GC_RUNNING', 'old runs are being removed already')
      const { promise, resolve } = Promise.withResolvers<void>()
      current = promise
      try {
        yield* new Collection(deps, wish, AbortSignal.any([signal, closing.signal])).run()
      } finally {
        current = null
        resolve()
      }
    },
    async close() {
      closing.abort()
      await current
    },
  }
}

/** One collection, from the first run to the sum. */
class Collection {
  readonly #deps: Deps
  readonly #wish: GcWish
  readonly #signal: AbortSignal
  readonly #runsFolder: string
  readonly #before: Instant
  readonly #endsAt: number

  constructor(deps: Deps, wish: GcWish, signal: AbortSignal) {
    this.#deps = deps
    this.#wish = wish
    this.#signal = signal
    this.#runsFolder = join(deps.stateFolder, 'runs')
    this.#before = deps.now() - wish.older_than_ms
    this.#endsAt = wish.longest_ms === null ? Number.POSITIVE_INFINITY : performance.now() + wish.longest_ms
  }

  async *run(): AsyncGenerator<GcLine> {
    const { removal, now } = this.#deps
    const { dry_run: dryRun, keep } = this.#wish
    const trash = createTrash(join(this.#deps.stateFolder, 'orchd.trash'))
    const shrinks = !dryRun && !this.#wish.logs_only
    if (shrinks) removal.settle() // so that the log's size is no part of the difference
    const bytesBefore = removal.bytes()
    let leftoverEvents = 0
    for (const id of removal.leftovers()) {
      leftoverEvents += dryRun ? removal.sizeOf(id).events : await this.#removeEvents(id)
    }
    const { old, newest, young } = chooseRuns(removal.finished(), {
      keep,
      before: this.#before,
      submittedBefore: now() - idempotentMs,
    })
    const sentUpTo = this.#deps.sentUpTo() ?? Number.POSITIVE_INFINITY
    const gone = new Set<RunRow['runId']>()
    let unsent = 0
    for (const row of old) {
      if (this.#isOver()) break
      const size = removal.sizeOf(row.runId)
      if (!this.#wish.logs_only && size.lastSeq > sentUpTo) {
        unsent++
        continue
      }
      const line = await this.#lineOf(row, size)
      if (this.#wish.logs_only && line.files === 0 && line.bytes === 0) continue
      if (!dryRun && !(await this.#removeRun(row.runId, trash))) continue
      gone.add(row.runId)
      yield line
    }
    for (const name of this.#strangers()) {
      if (this.#isOver()) break
      const folder = await this.#folderOf(name)
      if (removal.has(name)) continue // a run that was submitted meanwhile
      if (!dryRun && folder.fate === 'goes') {
        trash.take(join(this.#runsFolder, name), name)
        await trash.empty()
        this.#deps.behind()
      }
      yield folder
    }
    if (!this.#wish.logs_only) yield* this.#spares(gone, trash)
    const stuck = dryRun ? [] : await trash.empty()
    const isComplete = !this.#isOver()
    if (shrinks) await this.#shrink()
    const kept = { newest, young, unsent }
    const databaseBytes = Math.max(0, bytesBefore - removal.bytes())
    yield {
      type: 'summary',
      dry_run: dryRun,
      complete: isComplete,
      kept,
      unfinished: removal.unfinished(),
      leftover_events: leftoverEvents,
      database_bytes: databaseBytes,
      stuck,
    }
  }

  #isOver(): boolean {
    return this.#signal.aborted || performance.now() > this.#endsAt
  }

  /**
   * Its files first: on a full disk that is what makes room for the journal's part. False when it is not finished any
   * more, because somebody has begun something with it meanwhile.
   */
  async #removeRun(id: RunRow['runId'], trash: Trash): Promise<boolean> {
    const { removal, behind } = this.#deps
    if (!removal.isFinished(id)) return false
    if (!this.#wish.logs_only && !(await this.#removeWorkspaces(id, trash))) return false
    trash.take(join(this.#runsFolder, id), id)
    behind()
    await trash.empty()
    behind()
    if (this.#wish.logs_only || !removal.isFinished(id)) return true
    await this.#removeEvents(id)
    return true
  }

  /** False when what they hold could not be kept: then the run stays, for the next collection. */
  async #removeWorkspaces(id: RunRow['runId'], trash: Trash): Promise<boolean> {
    try {
      await this.#deps.letGo?.(id)
    } catch {
      return false
    }
    trash.take(join(this.#deps.stateFolder, 'workspaces', id), `${id}.workspaces`)
    return true
  }

  async #removeEvents(id: RunRow['runId']): Promise<number> {
    let sum = 0
    for (let removed = eventsAtOnce; removed === eventsAtOnce; sum += removed) {
      removed = this.#deps.removal.remove(id, eventsAtOnce)
      this.#deps.behind()
      await nextTurn()
    }
    return sum
  }

  async #lineOf(row: RunRow, { events, bytes: eventBytes }: { events: number; bytes: number }): Promise<GcRun> {
    const { files, bytes } = await treeSize(join(this.#runsFolder, row.runId))
    const stay = this.#wish.logs_only
    return {
      type: 'run',
      run_id: row.runId,
      plan: row.plan,
      outcome: row.outcome,
      finished_at: new Date(row.finishedAt ?? 0).toISOString(),
      files,
      bytes,
      events: stay ? 0 : events,
      event_bytes: stay ? 0 : eventBytes,
    }
  }

  /** What stands among the runs' folders and is none. */
  #strangers(): readonly string[] {
    try {
      return readdirSync(this.#runsFolder).filter((name) => !this.#deps.removal.has(name))
    } catch {
      return [] // there are no runs yet
    }
  }

  async #folderOf(name: string): Promise<GcFolder> {
    const { files, bytes, changedAt } = await treeSize(join(this.#runsFolder, name))
    return {
      type: 'folder',
      path: join('runs', name),
      changed_at: new Date(changedAt).toISOString(),
      files,
      bytes,
      fate: isRunId(name) ? (changedAt <= this.#before ? 'goes' : 'young') : 'foreign',
    }
  }

  /** @param gone runs that went, or would go, and with them their workspaces */
  async *#spares(gone: ReadonlySet<RunRow['runId']>, trash: Trash): AsyncGenerator<GcSpare> {
    const all = (await this.#deps.spares?.()) ?? []
    for (const spare of all.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (this.#isOver()) return
      const isOfGone = spare.run !== null && gone.has(spare.run)
      if (isOfGone && spare.what === 'opened_workspace') continue
      const line = await this.#spareLine(isOfGone ? { ...spare, useless: 'run_gone' } : spare)
      if (line.fate === 'goes' && !this.#wish.dry_run) {
        await spare.release()
        // What somebody has begun to use meanwhile stays.
        if (spare.inUse()) continue
        trash.take(spare.path, line.path.replaceAll('/', '.'))
        this.#deps.behind()
        await trash.empty()
        this.#deps.behind()
      }
      yield line
    }
  }

  async #spareLine(spare: Spare): Promise<GcSpare> {
    const { what, path, of, run, usedAt, useless } = spare
    const { files, bytes } = await treeSize(path)
    const isOld = useless !== null || usedAt <= this.#before
    return {
      type: 'spare',
      what,
      path: relative(this.#deps.stateFolder, path),
      of,
      run_id: run,
      used_at: new Date(usedAt).toISOString(),
      files,
      bytes,
      fate: spare.inUse() ? 'in_use' : isOld ? 'goes' : 'young',
      useless,
    }
  }

  async #shrink(): Promise<void> {
    const { removal, behind } = this.#deps
    while (!this.#signal.aborted && removal.shrink(pagesAtOnce)) {
      behind()
      await nextTurn()
    }
    removal.settle()
  }
}
