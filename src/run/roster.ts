/** Who could do the work, as the registry has it: given to the kernel as an argument, never kept in a run. */
export type Roster = {
  /** By registry name, in the order of the registry. */
  readonly agents: ReadonlyMap<string, RosterAgent>
  /** The most attempts at once under a credential, whichever agents they go to; a credential without a cap is absent. */
  readonly credentialCaps: ReadonlyMap<string, number>
}

export type RosterAgent = {
  readonly name: string
  /** The most attempts at once, of all runs together. `null`: only the global limit holds. */
  readonly maxParallel: number | null
  /** What it pays with: the name of a credential that several agents share, else its own name. */
  readonly credential: string
}

/** Nobody is registered, so that nothing but the global limit holds. */
export const emptyRoster: Roster = { agents: new Map(), credentialCaps: new Map() }
