import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { RunEvent } from '../run/event.ts'
import { isFree, standingAfter } from '../run/quota.ts'
import type { Roster, Standing } from '../run/roster.ts'

type Base = Omit<Roster, 'standings'>

/** Causes with an end that is known; by each the journal has a number that says until when a credential is parked. */
const parkedBy = ['usage_limit', 'rate_limited', 'overloaded'] as const
type ParkedBy = (typeof parkedBy)[number]
const parked = (cause: ParkedBy, credential: string): string => `parked ${cause} ${credential}`
/** Since when it is stopped; 0: it is not. */
const stopped = (credential: string): string => `stopped ${credential}`
/** What it was made of then. */
const refused = (credential: string): string => `refused ${credential}`
/** How often in a row it had to wait. */
const inARow = (credential: string): string => `in a row ${credential}`

/**
 * How things stand with the credentials of the state folder. It is kept in named numbers of the journal, so that a
 * restart changes nothing.
 */
export class Standings {
  readonly #journal: Journal
  /** Another number when a credential, or the settings of the agents that use it, are others. */
  readonly #markOf: (credential: string) => number
  #standings: Roster['standings'] = new Map()
  #base: Base | null = null
  #roster: Roster | null = null

  constructor(journal: Journal, markOf: (credential: string) => number = () => 0) {
    this.#journal = journal
    this.#markOf = markOf
  }

  /** The roster with what keeps credentials from being used; the same object until something changes. */
  rosterOf(base: Base, now: Instant): Roster {
    this.#know(base)
    const over = Array.from(this.#standings).filter(([, { until }]) => until !== null && until <= now)
    for (const [credential] of over) this.#set(credential, null)
    if (this.#roster?.standings !== this.#standings || this.#roster.agents !== base.agents)
      this.#roster = { ...base, standings: this.#standings }
    return this.#roster
  }

  /** An event that is about to be journalled, with what it does to the credential of its attempt. */
  noted(event: RunEvent, base: Base): RunEvent {
    if (event.type !== 'attempt_finished' || event.agent === undefined) return event
    const credential = base.agents.get(event.agent)?.credential
    if (credential === undefined || event.result.simulated) return event
    this.#know(base)
    const { result, at } = event
    const before = this.#journal.cursor(inARow(credential))
    if (result.outcome === 'success' && before > 0) this.#journal.saveCursor(inARow(credential), 0)
    const after = standingAfter(result, at, before)
    if (after === null) return event
    const now = this.#standings.get(credential)
    const isNew = now === undefined || (now.until !== null && now.until <= at)
    // Those that fail together count once.
    if (isNew && after.until !== null) this.#journal.saveCursor(inARow(credential), before + 1)
    const standing = isNew ? after : longer(now, after)
    this.#keep(credential, standing, at)
    const free = isFree(result.cause) ? { free: true as const } : {}
    return { ...event, parked: { credential, until: standing.until, ...free } }
  }

  /** Lets a credential be used again, whatever kept it from that. Durable when it returns. Whether anything did. */
  release(credential: string, now: Instant): boolean {
    const before = this.#standings.get(credential)
    this.#journal.saveCursor(stopped(credential), 0)
    this.#journal.saveCursor(inARow(credential), 0)
    for (const cause of parkedBy) this.#journal.saveCursor(parked(cause, credential), 0)
    this.#journal.flushCursors()
    this.#set(credential, null)
    return before !== undefined && (before.until === null || before.until > now)
  }

  /** When the next credential is free again, or `null`. */
  nextFreeAt(): Instant | null {
    const ends = Array.from(this.#standings.values(), ({ until }) => until).filter((until) => until !== null)
    return ends.length === 0 ? null : Math.min(...ends)
  }

  #keep(credential: string, standing: Standing, at: Instant): void {
    const { cause, until } = standing
    if (until === null) {
      this.#journal.saveCursor(stopped(credential), at)
      this.#journal.saveCursor(refused(credential), this.#markOf(credential))
    } else if (isParkedBy(cause)) this.#journal.saveCursor(parked(cause, credential), until)
    this.#set(credential, standing)
  }

  #set(credential: string, standing: Standing | null): void {
    const next = new Map(this.#standings)
    if (standing === null) next.delete(credential)
    else next.set(credential, standing)
    this.#standings = next
  }

  #know(base: Base): void {
    if (this.#base !== base) this.#readAll(base)
    this.#base = base
  }

  /** What an earlier holder left. A credential that was refused is tried again when it is another one now. */
  #readAll({ agents }: Base): void {
    for (const { credential } of agents.values()) {
      if (this.#standings.has(credential)) continue
      if (this.#journal.cursor(stopped(credential)) > 0) {
        if (this.#journal.cursor(refused(credential)) === this.#markOf(credential)) {
          this.#set(credential, { cause: 'auth', until: null })
          continue
        }
        this.#journal.saveCursor(stopped(credential), 0)
      }
      for (const cause of parkedBy) {
        const until = this.#journal.cursor(parked(cause, credential))
        if (until > (this.#standings.get(credential)?.until ?? 0)) this.#set(credential, { cause, until })
      }
    }
  }
}

const isParkedBy = (cause: Cause): cause is ParkedBy => parkedBy.some((one) => one === cause)

/** Stopped is longer than any time. */
const longer = (one: Standing, other: Standing): Standing =>
  one.until === null || (other.until !== null && other.until <= one.until) ? one : other
