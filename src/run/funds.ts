import type { Instant } from '../base/ids.ts'

/** What attempts cost so far, and what may be spent today: given to the kernel as an argument, never kept in a run. */
export type Funds = {
  /** By agent, of its last attempts; an agent that never worked is absent. */
  readonly estimates: ReadonlyMap<string, Estimate>
  /** What all runs of the state folder may spend in this day (UTC); `null`: no limit. */
  readonly day: Day | null
}

export type Estimate = {
  /** The mean of those that told; `null`: none did. */
  readonly usd: number | null
  readonly tokens: number | null
  /** Of how many attempts it is. */
  readonly attempts: number
}

export type Day = {
  readonly limitUsd: number
  readonly spentUsd: number
  /** When the next day begins. */
  readonly until: Instant
}

/** Nothing is known, and nothing is limited. */
export const noFunds: Funds = { estimates: new Map(), day: null }
