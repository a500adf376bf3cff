import type { Instant } from '../base/ids.ts'
import type { Journal, NewEvent } from '../ports/journal.ts'
import type { RunEvent } from '../run/event.ts'
import { isFree } from '../run/demand.ts'
import type { Day, Estimate, Funds } from '../run/funds.ts'
import { roundUsd, untoldOf } from '../run/usage.ts'

const dayMs = 24 * 60 * 60 * 1000

/** An estimate is the mean of so many attempts at most. */
const recentAttempts = 20

/** How far back attempts are looked for, beyond today's. */
const mostLookedAt = 2000

type Recent = { readonly usd: number[]; readonly tokens: number[]; attempts: number }

/**
 * What attempts cost so far, as the journal tells. It is read when somebody asks for the first time, which nobody does
 * without a budget; from then on it is kept up with the commits.
 */
export class Spending {
  readonly #journal: Journal
  readonly #dailyUsd: () => number | null
  readonly #recent = new Map<string, Recent>()
  #read = false
  /** What was about to be committed when last something was: the journal may not have it yet. */
  #pending: readonly NewEvent[] = []
  #dayAt: Instant = 0
  #todayUsd = 0

  constructor(journal: Journal, dailyUsd: () => number | null) {
    this.#journal = journal
    this.#dailyUsd = dailyUsd
  }

  fundsAt(now: Instant): Funds {
    const limitUsd = this.#dailyUsd()
    const estimates = (): Funds['estimates'] => this.#estimates(now)
    return {
      get estimates() {
        return estimates()
      },
      day: limitUsd === null ? null : this.#day(limitUsd, now),
    }
  }

  /** What is about to be committed. */
  take(entries: readonly NewEvent[]): void {
    if (this.#read) for (const { event } of entries) this.#add(event, false)
    else this.#pending = entries
  }

  /** It was not committed: the journal is read again. */
  forget(): void {
    this.#read = false
    this.#pending = []
    this.#recent.clear()
    this.#todayUsd = 0
  }

  #day(limitUsd: number, now: Instant): Day {
    this.#ready(now)
    return { limitUsd, spentUsd: this.#todayUsd, until: this.#dayAt + dayMs }
  }

  #estimates(now: Instant): Funds['estimates'] {
    this.#ready(now)
    return new Map(Array.from(this.#recent, ([agent, recent]) => [agent, estimateOf(recent)]))
  }

  #ready(now: Instant): void {
    const dayAt = dayOf(now)
    this.#turn(dayAt)
    if (this.#read) return
    this.#read = true
    let looked = 0
    for (const { seq, event } of this.#journal.attemptsEnded()) {
      if (event.at < dayAt && ++looked > mostLookedAt) break
      if (this.#pending.every((entry) => entry.seq !== seq)) this.#add(event, true)
    }
    for (const { event } of this.#pending) this.#add(event, false)
    this.#pending = []
  }

  /** Another day has begun. */
  #turn(dayAt: Instant): void {
    if (dayAt <= this.#dayAt) return
    this.#dayAt = dayAt
    this.#todayUsd = 0
  }

  /** @param older it is older than all that were added before */
  #add(event: RunEvent, older: boolean): void {
    if (event.type !== 'attempt_finished') return
    const { at, agent, result } = event
    if (!older) this.#turn(dayOf(at))
    if (!result.simulated && at >= this.#dayAt) this.#todayUsd = roundUsd(this.#todayUsd + (result.costUsd ?? 0))
    if (agent === undefined || isFree(agent) || (result.simulated && agent !== 'simulated')) return
    // It had nothing to do, or did not come to it: what the agent costs is not told by that.
    if (result.costUsd === 0 && result.usage?.inputTokens === 0 && result.usage.outputTokens === 0) return
    const recent = this.#recent.get(agent) ?? { usd: [], tokens: [], attempts: 0 }
    this.#recent.set(agent, recent)
    recent.attempts = Math.min(recentAttempts, recent.attempts + 1)
    const { costUsd, usage } = result
    const untold = untoldOf(result)
    keep(recent.usd, untold.cost ? null : costUsd, older)
    keep(recent.tokens, usage === null || untold.usage ? null : usage.inputTokens + usage.outputTokens, older)
  }
}

const dayOf = (at: Instant): Instant => at - (at % dayMs)

/** Keeps the newest of the amounts, oldest first. */
function keep(amounts: number[], amount: number | null, older: boolean): void {
  if (amount === null) return
  if (older) {
    if (amounts.length < recentAttempts) amounts.unshift(amount)
    return
  }
  amounts.push(amount)
  if (amounts.length > recentAttempts) amounts.shift()
}

const estimateOf = ({ usd, tokens, attempts }: Recent): Estimate => ({
  usd: meanOf(usd),
  tokens: meanOf(tokens),
  attempts: Math.max(usd.length, tokens.length, Math.min(1, attempts)),
})

const meanOf = (amounts: readonly number[]): number | null =>
  amounts.length === 0 ? null : roundUsd(amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length)
