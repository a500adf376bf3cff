import type { Config } from '../config/config.ts'
import type { Roster } from '../run/roster.ts'

/** What the kernel is told of the agents of the registry. */
export function rosterOf({ agents, credentialCaps }: Pick<Config, 'agents' | 'credentialCaps'>): Roster {
  return {
    credentialCaps,
    agents: new Map(
      Array.from(agents, ([name, { limits }]) => [
        name,
        { name, maxParallel: limits.maxParallel, credential: limits.credential ?? name },
      ]),
    ),
  }
}
