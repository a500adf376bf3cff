import type { RosterAgent } from '../run/roster.ts'
import { cliAgentNamed, type AgentsConfig } from './agents.ts'
import type { Environment } from './agent-settings.ts'

/** What a credential consists of here and now: key and settings of all agents that use it. A secret text. */
export function credentialText(
  credential: string,
  agents: Iterable<RosterAgent>,
  config: AgentsConfig,
  env: Environment,
): string {
  const parts = Array.from(agents)
    .filter((agent) => agent.credential === credential)
    .map(({ name }) => {
      const agent = cliAgentNamed(name, config, env)
      if (!agent.ok) return [name, agent.error.message]
      const { key, command, args, env: variables, baseUrl } = agent.value
      return [name, key, command, args, variables, baseUrl]
    })
  return JSON.stringify(parts)
}
