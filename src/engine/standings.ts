import type { Instant } from '../base/ids.ts'
import type { Journal } from '../ports/journal.ts'
import type { RunEvent } from '../run/event.ts'
import { parkedUntil } from '../run/quota.ts'
import type { Roster } from '../run/roster.ts'

type Base = Omit<Roster, 'standings'>

/** Of the journal's named numbers: until when a credential is parked. */
const cursorOf = (cause: 'usage_limit' | 'rate_limited', credential: string): string => `parked ${cause} ${credential}`
const causes = ['usage_limit', 'rate_limited'] as const

/** How things stand with the credentials of the state folder. It is kept with the journal, so that a restart changes nothing. */
export class Standings {
  readonly #journal: Journal
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
    if (event.type !== 'attempt_finished' || event.agent === undefined) return event
    const credential = base.agents.get(event.agent)?.credential
    const until = credential === undefined ? null : parkedUntil(event.result, event.at)
    const { cause } = event.result
    if (credential === undefined || until === null || (cause !== 'usage_limit' && cause !== 'rate_limited'))
      return event
    this.#journal.saveCursor(cursorOf(cause, credential), until)
    this.#standings = new Map(this.#standings).set(credential, { cause, until })
    return { ...event, parked: { credential, until } }
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
      for (const cause of causes) {
        const until = this.#journal.cursor(cursorOf(cause, credential))
        if (until > (found.get(credential)?.until ?? 0)) found.set(credential, { cause, until })
      }
    }
    if (found.size > 0) this.#standings = found
  }
}
