import type { Instant } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { RunEvent } from '../run/event.ts'
import { isQuotaCause, parkedUntil, quotaCauses } from '../run/quota.ts'
import type { Roster, Standing } from '../run/roster.ts'

type Base = Omit<Roster, 'standings'>

/** Of the journal's named numbers: until when a credential is parked. */
const cursorOf = (cause: string, credential: string): string => `parked ${cause} ${credential}`

/**
 * How things stand with the credentials of the state folder. Those that are parked are kept with the journal, so that a
 * restart changes nothing. Those that were refused are not: whoever starts orchd again wants them tried.
 */
export class Standings {
  readonly #journal: Journal
  readonly #overloads = new Map<string, number>()
  #standings: Roster['standings'] = new Map()
  #base: Base | null = null
  #roster: Roster | null = null

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** The roster with what keeps credentials from being used; the same object until something changes. */
  rosterOf(base: Base, now: Instant): Roster {
    if (this.#base !== base) this.#readAll(base)
    this.#base = base
    const over = Array.from(this.#standings).filter(([, { until }]) => until !== null && until <= now)
    if (over.length > 0) this.#standings = new Map(Array.from(this.#standings).filter((one) => !over.includes(one)))
    if (this.#roster?.standings !== this.#standings || this.#roster.agents !== base.agents)
      this.#roster = { ...base, standings: this.#standings }
    return this.#roster
  }

  /** An event that is about to be journalled, with what it does to the credential of its attempt. */
  noted(event: RunEvent, base: Base): RunEvent {
    if (event.type !== 'attempt_finished' || event.agent === undefined || event.result.simulated) return event
    const credential = base.agents.get(event.agent)?.credential
    if (credential === undefined) return event
    const { cause } = event.result
    const overloads = this.#overloads.get(credential) ?? 0
    if (cause === 'overloaded') this.#overloads.set(credential, overloads + 1)
    else this.#overloads.delete(credential)
    if (!isQuotaCause(cause)) return event
    const until = parkedUntil(cause, event.result, event.at, overloads)
    if (until !== null) this.#journal.saveCursor(cursorOf(cause, credential), until)
    if (isLonger(until, this.#standings.get(credential)))
      this.#standings = new Map(this.#standings).set(credential, { cause, until })
    return { ...event, parked: { credential, until } }
  }

  /** Lets a credential be used again, or that of an agent; whether anything had kept it from that. */
  release(name: string, { agents }: Base): boolean {
    const credential = agents.get(name)?.credential ?? name
    if (!this.#standings.has(credential)) return false
    for (const cause of quotaCauses) this.#journal.saveCursor(cursorOf(cause, credential), 0)
    this.#overloads.delete(credential)
    this.#standings = new Map(Array.from(this.#standings).filter(([other]) => other !== credential))
    return true
  }

  /** When the next credential is free again, or `null`. */
  nextFreeAt(): Instant | null {
    const ends = Array.from(this.#standings.values(), ({ until }) => until).filter((until) => until !== null)
    return ends.length === 0 ? null : Math.min(...ends)
  }

  /** What an earlier holder left. */
  #readAll({ agents }: Base): void {
    const found = new Map(this.#standings)
    for (const { credential } of agents.values()) {
      for (const cause of quotaCauses) {
        const until = this.#journal.cursor(cursorOf(cause, credential))
        if (until > 0 && isLonger(until, found.get(credential))) found.set(credential, { cause, until })
      }
    }
    if (found.size > 0) this.#standings = found
  }
}

const isLonger = (until: Instant | null, standing: Standing | undefined): boolean =>
  standing === undefined || (standing.until !== null && (until === null || until > standing.until))
