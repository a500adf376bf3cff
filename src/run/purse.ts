import type { StepId } from '../base/ids.ts'
import { budgetsOf, limitsOf, lookupIn, type Standing } from './budgets.ts'
import { isFree } from './demand.ts'
import type { BudgetReached, Reservation } from './event.ts'
import type { Estimate, Funds } from './funds.ts'
import { amount, nameOf } from './reached.ts'
import type { RunState } from './state.ts'
import { roundUsd } from './usage.ts'

type Reached = Omit<BudgetReached, 'type' | 'at' | 'step'>

/** Whether an attempt can be paid for. */
export type Payment =
  /** `reserved`: what is set aside for it; `null`: no budget holds for it. */
  | { readonly kind: 'paid'; readonly reserved: Reservation | null }
  /** Not before others that run are over and have left something. */
  | { readonly kind: 'wait'; readonly why: string; readonly step: boolean }
  | { readonly kind: 'reached'; readonly reached: Reached }

const free: Payment = { kind: 'paid', reserved: null }

const units = ['usd', 'tokens'] as const
type Unit = (typeof units)[number]

/**
 * The money of one look at all that could start: what budgets allow, less what was used, less what is reserved for
 * attempts that run, less what was given out in this very look. So what was used and what is reserved never come to more
 * than a budget, except by what an attempt used beyond its reservation.
 *
 * For an attempt is reserved what the last ones of its agent cost in the mean. As long as none of them has ended, that is
 * all that is left: others wait until it is known. Of an agent that does not tell what it costs nothing can be reserved.
 */
export class Purse {
  readonly #funds: Funds
  readonly #given = new Map<string, { usd: number; tokens: number }>()
  #reservedToday: number

  constructor(funds: Funds, runs: Iterable<RunState>) {
    this.#funds = funds
    this.#reservedToday = 0
    if (funds.day !== null) for (const run of runs) this.#reservedToday += run.levels.get(0).ledger.reservedUsd
  }

  /** Whether an agent can be paid for the next attempt of a step; nothing is taken yet. */
  ask(run: RunState, index: number, agent: string): Payment {
    if (run.simulate !== 'none' || isFree(agent)) return free
    const pots = this.#potsOf(run, index)
    if (pots.length === 0) return free
    const estimate = this.#funds.estimates.get(agent) ?? null
    const asks = pots.map((pot) => ({ pot, need: need(pot, estimate) }))
    const binding = asks.filter(({ pot }) => pot.action !== 'warn')
    const over = binding.find(({ pot, need: wanted }) => pot.left <= 0 || wanted > pot.left)
    if (over !== undefined) return { kind: 'reached', reached: reachedBy(over.pot, over.need) }
    const short = binding.find(({ pot, need: wanted }) => pot.free <= 0 || wanted > pot.free)
    if (short !== undefined)
      return { kind: 'wait', why: shortWords(short.pot, short.need, estimate), step: !short.pot.isShared }
    return { kind: 'paid', reserved: reservation(asks, agent, estimate) }
  }

  /** Sets it aside. */
  take(run: RunState, index: number, { usd, tokens }: Reservation): void {
    for (const key of new Set(this.#potsOf(run, index).map((pot) => pot.key))) {
      const given = this.#given.get(key) ?? { usd: 0, tokens: 0 }
      this.#given.set(key, { usd: given.usd + usd, tokens: given.tokens + tokens })
    }
  }

  #potsOf(run: RunState, index: number): readonly Pot[] {
    const pots = budgetsOf(lookupIn(run), index).flatMap((standing) => this.#pots(run, standing))
    const { day } = this.#funds
    if (day === null) return pots
    const key = 'day'
    const left = roundUsd(day.limitUsd - day.spentUsd)
    const taken = this.#reservedToday + (this.#given.get(key)?.usd ?? 0)
    const pot = { key, unit: 'usd', of: 'day', owner: null, until: day.until, limit: day.limitUsd, left } as const
    return [...pots, { ...pot, free: roundUsd(left - taken), action: 'pause', isShared: true }]
  }

  #pots(run: RunState, standing: Standing): Pot[] {
    const { owner, ledger, budget } = standing
    const limits = limitsOf(standing)
    const used = { usd: [ledger.usd, ledger.reservedUsd], tokens: [ledger.tokens, ledger.reservedTokens] } as const
    return units.flatMap((unit) => {
      const limit = limits[unit]
      if (limit === null) return []
      const key = `${run.id}/${owner ?? ''}`
      const left = roundUsd(limit - used[unit][0])
      const taken = used[unit][1] + (this.#given.get(key)?.[unit] ?? 0)
      const of = owner === null ? ('run' as const) : ('step' as const)
      const name = owner === null ? null : run.steps.get(owner).id
      const isShared = owner === null
      return [
        {
          key,
          unit,
          of,
          owner: name,
          until: null,
          limit,
          left,
          free: roundUsd(left - taken),
          action: budget.onExceed,
          isShared,
        },
      ]
    })
  }
}

/** A budget in one unit. */
type Pot = {
  readonly key: string
  readonly unit: Unit
  readonly of: BudgetReached['of']
  readonly owner: StepId | null
  readonly until: number | null
  readonly limit: number
  /** Of the limit, what is not used. */
  readonly left: number
  /** Of that, what is not reserved. */
  readonly free: number
  readonly action: 'pause' | 'fail' | 'warn'
  /** Whether it holds for every step of the run. */
  readonly isShared: boolean
}

type Ask = { readonly pot: Pot; readonly need: number }

/** What is to be reserved: all that is there while nothing is known of the agent. */
function need({ of, unit, limit, free: there }: Pot, estimate: Estimate | null): number {
  if (estimate === null) return Math.max(0, there)
  const usual = estimate[unit] ?? 0
  // Else what needs more than a day allows would never begin.
  return of === 'day' ? Math.min(usual, limit) : usual
}

function reservation(asks: readonly Ask[], agent: string, estimate: Estimate | null): Reservation {
  const least = (unit: Unit): number =>
    Math.max(
      0,
      Math.min(...asks.filter(({ pot }) => pot.unit === unit).map((one) => one.need), Number.MAX_SAFE_INTEGER),
    )
  const limited = (unit: Unit): boolean => asks.some(({ pot }) => pot.unit === unit)
  const caps = asks.filter(({ pot }) => pot.unit === 'usd' && pot.action !== 'warn').map(({ pot }) => pot.free)
  return {
    usd: limited('usd') ? least('usd') : 0,
    tokens: limited('tokens') ? least('tokens') : 0,
    why: whyOf(agent, estimate),
    ...(caps.length === 0 ? {} : { capUsd: Math.min(...caps) }),
  }
}

function whyOf(agent: string, estimate: Estimate | null): string {
  if (estimate === null) return `all that is left: no attempt of ${agent} has ended yet`
  const { attempts, usd, tokens } = estimate
  if (usd === null && tokens === null) return `nothing: ${agent} does not tell what it uses`
  return attempts === 1
    ? `what the last attempt of ${agent} used`
    : `the mean of the last ${attempts} attempts of ${agent}`
}

const reachedBy = ({ of, owner, until, unit, limit, left, action }: Pot, needs: number): Reached => ({
  of,
  owner,
  until,
  unit,
  limit,
  left: Math.max(0, left),
  needs,
  action: action === 'fail' ? 'fail' : 'pause',
})

function shortWords(pot: Pot, needs: number, estimate: Estimate | null): string {
  const reserved = amount(pot.left - pot.free, pot.unit)
  const about = estimate === null ? 'what it will need is not known' : `it will need about ${amount(needs, pot.unit)}`
  return `waits for ${nameOf(pot)}: of ${amount(pot.limit, pot.unit)}, ${reserved} are reserved for attempts that run, and ${about}`
}
