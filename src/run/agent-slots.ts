import type { Roster } from './roster.ts'
import type { RunState } from './state.ts'

/** A cap that is reached: whose, how many slots it has, and how many of them are taken. */
export type FullCap = { readonly of: string; readonly used: number; readonly cap: number }

/**
 * The slots of agents and credentials within the global limit, counted over all runs. The attempts of a simulated run
 * take none of them: no agent works there.
 */
export class AgentSlots {
  readonly #roster: Roster
  readonly #byAgent = new Map<string, number>()
  readonly #byCredential = new Map<string, number>()

  constructor(roster: Roster, runs: Iterable<RunState>) {
    this.#roster = roster
    for (const run of runs) {
      if (run.simulate !== 'none') continue
      for (const [agent, running] of run.runningBy) this.take(agent, running)
    }
  }

  take(agent: string, count = 1): void {
    add(this.#byAgent, agent, count)
    const credential = this.#roster.agents.get(agent)?.credential
    if (credential !== undefined) add(this.#byCredential, credential, count)
  }

  used(agent: string): number {
    return this.#byAgent.get(agent) ?? 0
  }

  /** How many attempts run under a credential, whichever agents they went to. */
  usedOf(credential: string): number {
    return this.#byCredential.get(credential) ?? 0
  }

  /** What keeps an agent from one attempt more: its own cap, or that of its credential. */
  full(agent: string): FullCap | null {
    const entry = this.#roster.agents.get(agent)
    if (entry === undefined) return null
    const { maxParallel, credential } = entry
    const used = this.used(agent)
    if (maxParallel !== null && used >= maxParallel) return { of: agent, used, cap: maxParallel }
    const cap = this.#roster.credentialCaps.get(credential)
    const shared = this.usedOf(credential)
    return cap !== undefined && shared >= cap ? { of: `the credential ${credential}`, used: shared, cap } : null
  }
}

const add = (counts: Map<string, number>, name: string, count: number): void =>
  void counts.set(name, (counts.get(name) ?? 0) + count)
