import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { PolicyAgent } from '../plan/dispatch-policy.ts'

/**
 * Who could do the work, and how things stand with them: given to the kernel as an argument, never kept in a run. A roster
 * is not changed; when something changes there is another one.
 */
export type Roster = {
  /** By registry name, in the order of the registry. */
  readonly agents: ReadonlyMap<string, RosterAgent>
  /** The most attempts at once under a credential, whichever agents they go to; a credential without a cap is absent. */
  readonly credentialCaps: ReadonlyMap<string, number>
  /** What keeps a credential from being used, by its name. */
  readonly standings: ReadonlyMap<string, Standing>
}

export type RosterAgent = PolicyAgent & {
  /** The most attempts at once, of all runs together. `null`: only the global limit holds. */
  readonly maxParallel: number | null
  /** What it pays with: the name of a credential that several agents share, else its own name. */
  readonly credential: string
  /** Why it does not answer; `null`: it does, or nobody has asked. */
  readonly down: string | null
}

/** A credential that is parked until a moment, or stopped until a person or another configuration says so (`null`). */
export type Standing = { readonly cause: Cause; readonly until: Instant | null }

/** Nobody is registered, so that nothing but the global limit holds. */
export const emptyRoster: Roster = { agents: new Map(), credentialCaps: new Map(), standings: new Map() }
