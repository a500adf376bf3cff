import type { Instant } from '../../base/ids.ts'
import { createAlarm } from './alarm.ts'
import { openArchive } from './archive.ts'
import { claim, leftClaims, type Claim } from './claim.ts'
import { inboxFolders, listInbox, prepareFolders, type InboxFolders } from './folders.ts'
import { watchFolder } from './hints.ts'
import { looksWhole, type IsValid } from './looks-whole.ts'
import { takeIn, type Desk, type InboxEvent, type Submit } from './take-in.ts'
import { createTroubles, type Troubles } from './troubles.ts'
import { Watchlist, type Ready } from './watchlist.ts'

export type InboxOptions = {
  /** Absolute path of the watched folder; it is made when it is not there. */
  readonly folder: string
  readonly submit: Submit
  /** Without it a file that is still written is told by its last line and by the time only. */
  readonly isValid?: IsValid
  /** Is told what happens, in order; must not throw. */
  readonly report: (event: InboxEvent) => void
  readonly now: () => Instant
  /** How long a file must rest before it counts as complete, unless it came by rename. */
  readonly settleMs?: number
  readonly rescanMs?: number
  /** Files that are submitted at the same time. */
  readonly concurrency?: number
}

/** An actor of the daemon: `run` resolves once `signal` aborts and the files under way are done. */
export type Inbox = { readonly name: string; run(signal: AbortSignal): Promise<void> }

/**
 * The watched folder: plans that are dropped into it are claimed, submitted, and put into `accepted/` or `rejected/`
 * with a note beside them.
 *
 *     inbox/a.yaml --complete--> claimed/<id>-a.yaml --submit--> accepted/a.yaml + a.yaml.accepted.json
 *                                                         \----> rejected/a.yaml + a.yaml.error.json
 *
 * Events of the file system are hints that make it quick; listing the folder every `rescanMs` makes it right.
 */
export function createInbox(options: InboxOptions): Inbox {
  return { name: 'inbox', run: (signal) => new Round(options, signal).run() }
}

/** One life of the inbox, from start to abort. */
class Round {
  readonly #signal: AbortSignal
  readonly #report: (event: InboxEvent) => void
  readonly #folders: InboxFolders
  readonly #desk: Desk
  readonly #watchlist: Watchlist
  readonly #troubles: Troubles
  readonly #alarm = createAlarm()
  readonly #rescanMs: number
  readonly #concurrency: number
  /** Files in the order in which they became ready; the oldest is taken first. */
  readonly #queue: (() => Promise<void>)[] = []
  readonly #underWay = new Set<Promise<void>>()
  #watch: { readonly folder: string; close(): Promise<void> } | null = null
  #nextListingAt = 0
  /** Whether the last listing went well: nothing is taken from a folder that is not as it should be. */
  #usable = false
  #leftClaimsTaken = false

  constructor(options: InboxOptions, signal: AbortSignal) {
    const { folder, submit, isValid = null, report, now, settleMs = 500, rescanMs = 5000, concurrency = 8 } = options
    const folders = inboxFolders(folder)
    const accepted = openArchive(folders.accepted, '.accepted.json')
    const rejected = openArchive(folders.rejected, '.error.json')
    this.#signal = signal
    this.#report = report
    this.#folders = folders
    this.#desk = { submit, accepted, rejected, report, now, settleMs }
    this.#watchlist = new Watchlist({ folder, settleMs, looksWhole: (path, name) => looksWhole(path, name, isValid) })
    this.#troubles = createTroubles(report)
    this.#rescanMs = rescanMs
    this.#concurrency = concurrency
  }

  async run(): Promise<void> {
    try {
      while (!this.#signal.aborted) {
        if (performance.now() >= this.#nextListingAt) await this.#list()
        if (this.#usable) for (const ready of await this.#watchlist.pass()) this.#enqueue(() => this.#take(ready))
        const dueAt = this.#usable ? this.#watchlist.nextDueAt() : null
        const nextAt = Math.min(this.#nextListingAt, dueAt ?? Infinity)
        await this.#alarm.wait(Math.max(1, nextAt - performance.now()), this.#signal)
      }
    } finally {
      this.#queue.length = 0
      await this.#watch?.close()
      await Promise.all(this.#underWay)
    }
  }

  /** The truth, whatever the hints said: what lies in the folder now. */
  async #list(): Promise<void> {
    this.#nextListingAt = performance.now() + this.#rescanMs
    try {
      const folder = await prepareFolders(this.#folders)
      if (this.#watch?.folder !== folder) await this.#watchAnew(folder)
      if (!this.#leftClaimsTaken) {
        for (const left of await leftClaims(this.#folders.claimed)) this.#enqueue(() => this.#takeIn(left))
        this.#leftClaimsTaken = true
      }
      this.#watchlist.look(await listInbox(this.#folders))
      this.#usable = true
      this.#troubles.clear('folder')
    } catch (error) {
      this.#usable = false
      this.#troubles.note('folder', `cannot use the inbox "${this.#folders.inbox}"`, error)
    }
  }

  /** At the start, and when the folder was deleted and made again: the old watch sees nothing of the new one. */
  async #watchAnew(folder: string): Promise<void> {
    await this.#watch?.close()
    this.#watch = null
    this.#watchlist.distrustHints()
    const watch = watchFolder(this.#folders.inbox, {
      onHint: (name, hint) => {
        if (name !== null && this.#watchlist.notice(name, hint)) this.#alarm.ring()
      },
      onReady: () => {
        this.#troubles.clear('hints')
        this.#report({ type: 'watching', folder: this.#folders.inbox })
        this.#listSoon()
      },
      onLoss: () => {
        this.#watchlist.distrustHints()
        this.#listSoon()
      },
      onError: (error) => this.#troubles.note('hints', 'plans are found by listing only', error),
    })
    this.#watch = { folder, close: () => watch.close() }
  }

  #listSoon(): void {
    this.#nextListingAt = 0
    this.#alarm.ring()
  }

  async #take(ready: Ready): Promise<void> {
    let claimed: Claim | null = null
    try {
      claimed = await claim(this.#folders.inbox, this.#folders.claimed, ready)
      this.#troubles.clear('claim')
    } catch (error) {
      this.#troubles.note('claim', `cannot claim "${ready.name}"`, error)
    }
    this.#watchlist.release(ready.name)
    this.#alarm.ring()
    if (claimed !== null) await this.#takeIn(claimed)
  }

  #takeIn(claimed: Claim): Promise<void> {
    return takeIn(claimed, this.#desk, this.#signal)
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue.push(work)
    this.#startMore()
  }

  #startMore(): void {
    while (this.#underWay.size < this.#concurrency) {
      const work = this.#queue.shift()
      if (work === undefined) return
      const running = work().finally(() => {
        this.#underWay.delete(running)
        this.#startMore()
      })
      this.#underWay.add(running)
    }
  }
}
