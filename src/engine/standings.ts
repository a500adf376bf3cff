import type { Instant } from '../base/ids.ts'
import type { Roster } from '../run/roster.ts'

type Base = Omit<Roster, 'standings'>

const none: Roster['standings'] = new Map()

/** How things stand with the credentials of the state folder. */
export class Standings {
  #standings: Roster['standings'] = none
  #base: Base | null = null
  #roster: Roster | null = null

  /** The roster with what keeps credentials from being used; the same object until something changes. */
  rosterOf(base: Base, now: Instant): Roster {
    this.#forgetPast(now)
    if (this.#roster === null || this.#base !== base || this.#roster.standings !== this.#standings) {
      this.#base = base
      this.#roster = { ...base, standings: this.#standings }
    }
    return this.#roster
  }

  #forgetPast(now: Instant): void {
    const over = Array.from(this.#standings).filter(([, { until }]) => until !== null && until <= now)
    if (over.length === 0) return
    this.#standings = new Map(Array.from(this.#standings).filter((entry) => !over.includes(entry)))
  }
}
