import type { Roster } from '../../src/run/roster.ts'
import { rosterAgent } from '../support/roster.ts'
import type { Random } from '../support/random.ts'

/** The agents of every story: `alpha` for itself, `beta` and `gamma` with one credential. */
export const simAgents = ['alpha', 'beta', 'gamma'] as const

/** The same agents, and nothing that limits them. */
export const withoutCaps = (roster: Roster): Roster => ({
  ...roster,
  agents: new Map(Array.from(roster.agents, ([name, agent]) => [name, { ...agent, maxParallel: null }])),
  credentialCaps: new Map(),
})

export function randomRoster(random: Random): Roster {
  const cap = (): number | null => (random.chance(0.7) ? 1 + random.below(3) : null)
  return {
    agents: new Map(
      simAgents.map((name) => [
        name,
        rosterAgent(name, { maxParallel: cap(), credential: name === 'alpha' ? name : 'team' }),
      ]),
    ),
    standings: new Map(),
    credentialCaps: new Map(random.chance(0.7) ? [['team', 1 + random.below(4)]] : []),
  }
}
