import { readFileSync } from 'node:fs'
import { loginFile } from '../agents/cli/home.ts'
import type { RosterAgent } from '../run/roster.ts'
import { cliAgentNamed, type AgentsConfig } from './agents.ts'
import type { Environment } from './agent-settings.ts'

/** What a credential consists of here and now: key or login, and settings of all agents that use it. A secret text. */
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
      const { key, command, args, env: variables, baseUrl, protocol } = agent.value
      const login = key !== null || protocol.home === null ? null : loginFile(protocol.home, env)
      return [name, key, command, args, variables, baseUrl, ...(login === null ? [] : [textOf(login)])]
    })
  return JSON.stringify(parts)
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // there is no login, or none that may be read
  }
}
