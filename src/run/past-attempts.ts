import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { CostSource, Overlap, SandboxUse, Usage } from './attempt-result.ts'

/** The session in which the last attempt worked, for the next one to go on in. */
export type PastSession = {
  /** The agent's own name for it. */
  readonly id: string
  readonly agent: string
  /** What the attempts in it told that they used: agents tell sums of the whole session. */
  readonly usage: Usage | null
  readonly costUsd: number | null
}

export type ResolvedBy = {
  readonly by: string | null
  readonly comment: string | null
  readonly at: Instant
  /** The attempt that met the conflict and asked. */
  readonly attempt: number
}

/** What the attempts of a step came to so far. */
export type PastAttempts = {
  readonly count: number
  /** Attempts since the last rewind: what `retry.max_attempts` is held against. */
  readonly tries: number
  /** How often an attempt was lost with its processes, since the last rewind. */
  readonly losses: number
  /** How often an attempt ended because a quota was used up, since the last rewind: that costs no try. */
  readonly parks: number
  /** How many of these were because a service was overloaded; absent: none. */
  readonly overloads?: number
  /** Agents that could not do it, and to which it does not go again; since the last rewind. */
  readonly left: readonly string[]
  /** Who did the last attempt, since the last rewind. */
  readonly agent: string | null
  /** How often it was opened: as a gate, or as a matrix, `for_each` or sub-plan. */
  readonly openings: number
  /** Since the last rewind. */
  readonly firstStartedAt: Instant | null
  readonly lastCause: Cause | null
  readonly lastMessage: string | null
  /** Of the attempts that told; `untold` says whether that is all. */
  readonly usage: Usage | null
  readonly costUsd: number | null
  /** Where the cost is from: `list_price` as soon as a part of it is. */
  readonly costSource: CostSource | null
  /** What an agent's attempt ended without telling, or was lost with: the sums above are not the whole then. */
  readonly untold: { readonly usage: boolean; readonly cost: boolean }
  readonly exitCode: number | null
  /** Whether the simulated agent made any of it up. */
  readonly simulated: boolean
  /** Of the last attempt that ended; `null`: none was asked for. */
  readonly sandbox: SandboxUse | null
  /** `null`: the next attempt begins anew. */
  readonly session: PastSession | null
  /** Who resolved a conflict of its merge by hand, and with which words. `null`, absent: nobody. */
  readonly resolvedBy?: ResolvedBy | null
  /** What the last attempt that ended changed, and others have, too; absent: nothing that was seen. */
  readonly overlaps?: readonly Overlap[]
  /** What people have added to the step's own budget. */
  readonly extra: { readonly usd: number; readonly tokens: number }
}

export const noAttempts: PastAttempts = {
  count: 0,
  tries: 0,
  losses: 0,
  parks: 0,
  left: [],
  agent: null,
  openings: 0,
  firstStartedAt: null,
  lastCause: null,
  lastMessage: null,
  usage: null,
  costUsd: null,
  costSource: null,
  untold: { usage: false, cost: false },
  exitCode: null,
  simulated: false,
  sandbox: null,
  session: null,
  extra: { usd: 0, tokens: 0 },
}
