import type { BigIntStats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Hint } from './hints.ts'
import { openForWriting } from './open-for-writing.ts'
import { isPlanFile } from './plan-file.ts'

/** A file that is ready to be claimed, with what it looked like when that was decided. */
export type Ready = { readonly name: string; readonly fingerprint: string }

/** What is known of one file that waits. Times are of a monotonic clock. */
type Sighting = {
  fingerprint: string
  /** When the fingerprint was seen first, or a write was last heard of. */
  since: number
  /** The longest time that the file rested before it changed again: a slow writer's rhythm. */
  longestPauseMs: number
  /** Whether the text looks finished; null: nobody has looked since the last change. */
  whole: boolean | null
}

/** A file that looks unfinished (empty, no end of line, not valid) is given this many times the settling time. */
const patience = 6
const longestWaitMs = 30_000
const readTogether = 8

type Seen = { readonly name: string; readonly stat: BigIntStats; readonly sighting: Sighting }

export type WatchlistOptions = {
  readonly folder: string
  readonly settleMs: number
  /** Whether the text at this path looks finished; asked only for files that did not come by rename. */
  readonly looksWhole: (path: string, name: string) => Promise<boolean>
}

/**
 * Decides which files of the inbox are complete. Nothing tells that directly, so there are two ways:
 *
 * *By rename.* The name appeared with its content, and the kernel reported no write under it since. A file that is
 * created in place is reported as written before its writer can close it; so, if no process has it open for writing
 * and all reports up to then have been read, it came by rename (or link) and is complete. This takes milliseconds.
 *
 * *By rest.* Otherwise size and times must stay the same for `settleMs`, longer if the file looks unfinished or its
 * writer has paused before, and no process may have it open for writing.
 *
 *     seen --(came by rename)--------------------------> ready
 *     seen --(rests)--> due --(open for writing)--> seen
 *                       due --(looks unfinished)--> due later --> ready
 *                       due ----------------------------------> ready
 *     changed while looked at: back to seen
 */
export class Watchlist {
  readonly #options: WatchlistOptions
  /** Names to look at in the next pass. */
  readonly #noticed = new Set<string>()
  readonly #sightings = new Map<string, Sighting>()
  /** The last hint of each name. Absent: unknown. */
  readonly #hints = new Map<string, Hint>()
  readonly #handedOut = new Set<string>()

  constructor(options: WatchlistOptions) {
    this.#options = options
  }

  /** @returns whether the name is of interest, so that a pass is worth while */
  notice(name: string, hint: Hint): boolean {
    if (!isPlanFile(name)) return false
    this.#hints.set(name, hint)
    this.#noticed.add(name)
    return true
  }

  /** Names that a listing found. */
  look(names: readonly string[]): void {
    for (const name of names) if (isPlanFile(name)) this.#noticed.add(name)
  }

  /** Forgets all hints: they came from a watch that may have missed some. */
  distrustHints(): void {
    this.#hints.clear()
  }

  /** A file that was handed out is gone from the inbox, or could not be moved: its name is watched anew. */
  release(name: string): void {
    this.#handedOut.delete(name)
    this.#sightings.delete(name)
    this.#hints.delete(name)
    this.#noticed.add(name)
  }

  /** When the next file has rested long enough; `null` when none waits. */
  nextDueAt(): number | null {
    let next: number | null = null
    for (const [name, sighting] of this.#sightings) {
      if (this.#handedOut.has(name)) continue
      const at = this.#dueAt(sighting)
      if (next === null || at < next) next = at
    }
    return next
  }

  /**
   * Looks at every name that was noticed or is due.
   *
   * @returns the files that are ready. Each is the caller's until it says `release`.
   */
  async pass(): Promise<Ready[]> {
    const names = new Set(this.#noticed)
    this.#noticed.clear()
    for (const [name, sighting] of this.#sightings) if (this.#hasRested(sighting)) names.add(name)
    for (const name of this.#handedOut) names.delete(name)

    const found = await this.#seeAll(names)
    const special = found.filter(({ stat }) => !stat.isFile())
    const candidates = found.filter(
      ({ name, stat, sighting }) => this.#cameByRename(name, stat) || this.#hasRested(sighting),
    )
    const ready = [...special, ...(await this.#complete(candidates))].map(({ name, sighting }) => {
      this.#handedOut.add(name)
      return { name, fingerprint: sighting.fingerprint }
    })
    return ready
  }

  /** Of files that may be complete, those that are. */
  async #complete(candidates: readonly Seen[]): Promise<Seen[]> {
    if (candidates.length === 0) return []
    const rested = candidates.filter(({ name, stat }) => !this.#cameByRename(name, stat))
    for (let at = 0; at < rested.length; at += readTogether) {
      await Promise.all(rested.slice(at, at + readTogether).map((seen) => this.#readOver(seen)))
    }
    const names = new Set(candidates.map(({ name }) => name))
    const open = await openForWriting(names)
    const again = await this.#seeAll(names)
    // Whatever the kernel had reported when a file was found closed is delivered before the loop comes round again.
    await setImmediate()
    for (const { name, sighting } of again) {
      if (!open.has(name)) continue
      sighting.since = performance.now()
      this.#hints.set(name, 'written')
    }
    const before = new Map(candidates.map(({ name, sighting }) => [name, sighting.fingerprint]))
    return again.filter(
      ({ name, stat, sighting }) =>
        stat.isFile() &&
        sighting.fingerprint === before.get(name) &&
        (this.#cameByRename(name, stat) || (sighting.whole !== null && this.#hasRested(sighting))),
    )
  }

  async #readOver({ name, sighting }: Seen): Promise<void> {
    sighting.whole ??= await this.#options.looksWhole(join(this.#options.folder, name), name)
  }

  async #seeAll(names: ReadonlySet<string>): Promise<Seen[]> {
    return (await Promise.all([...names].map((name) => this.#see(name)))).filter((seen) => seen !== null)
  }

  /** Brings the sighting of a name up to date. @returns `null` when there is nothing to take */
  async #see(name: string): Promise<Seen | null> {
    const stat = await lstat(join(this.#options.folder, name), { bigint: true }).catch(() => null)
    if (stat === null || stat.isDirectory()) {
      this.#sightings.delete(name)
      if (stat === null) this.#hints.delete(name)
      return null
    }
    const since = performance.now()
    const fingerprint = fingerprintOf(stat)
    let sighting = this.#sightings.get(name)
    if (sighting?.fingerprint !== fingerprint) {
      const longestPauseMs = sighting === undefined ? 0 : Math.max(sighting.longestPauseMs, since - sighting.since)
      sighting = { fingerprint, since, longestPauseMs, whole: null }
      this.#sightings.set(name, sighting)
    }
    return { name, stat, sighting }
  }

  #cameByRename(name: string, stat: BigIntStats): boolean {
    return this.#hints.get(name) === 'appeared' && stat.size > 0n && stat.nlink === 1n
  }

  #hasRested(sighting: Sighting): boolean {
    return this.#dueAt(sighting) <= performance.now()
  }

  #dueAt({ since, longestPauseMs, whole }: Sighting): number {
    const { settleMs } = this.#options
    const rest = whole === false ? settleMs * patience : settleMs
    return since + Math.min(Math.max(rest, 2 * longestPauseMs), Math.max(rest, longestWaitMs))
  }
}

/** Changes whenever the file does, and when another takes its place; a rename of the file itself leaves it alone. */
export function fingerprintOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`
}
