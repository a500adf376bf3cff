import { existsSync } from 'node:fs'
import { splitSecrets } from '../config/secrets.ts'
import { databaseFile } from '../engine/sqlite/open.ts'
import type { AgentReport, AgentsQuery } from '../ports/agents.ts'
import { AgentSlots } from '../run/agent-slots.ts'
import type { Roster } from '../run/roster.ts'
import { agentReports } from './agent-reports.ts'
import { createVersions } from './agent-version.ts'
import { connect, type ConnectContext } from './connect.ts'
import { createHealthChecks, healthChecksOf } from './health.ts'
import { rosterAgents } from './roster.ts'
import { loadSettings, type Settings } from './settings.ts'

/**
 * The agents as the holder of the state folder sees them. Where there never was one, as one started here would see them:
 * nothing is made or locked for that.
 */
export async function agentsSeen(
  query: AgentsQuery & { readonly state: string | null },
  context: ConnectContext,
): Promise<readonly AgentReport[]> {
  const { cwd, env } = context
  const settings = loadSettings({ cwd, env, state: query.state, create: false })
  // What is asked for its version or health is in a group of its own, which Ctrl-C does not reach.
  process.once('SIGINT', stop)
  try {
    if (!existsSync(databaseFile(settings.stateFolder))) return await agentsHere(settings, env, query)
    const connection = await connect({ state: query.state, mayHold: true, readOnly: true }, context)
    try {
      return await connection.client.agents(query)
    } finally {
      await connection.close()
    }
  } finally {
    process.removeListener('SIGINT', stop)
  }
}

const stop = (): void => process.exit(130)

async function agentsHere(
  { config }: Settings,
  env: ConnectContext['env'],
  query: AgentsQuery,
): Promise<readonly AgentReport[]> {
  const { baseEnv } = splitSecrets(env, config)
  const agents = rosterAgents({ config, env, seesKeys: true })
  const roster: Roster = { agents, credentialCaps: config.credentialCaps, standings: new Map() }
  const slots = new AgentSlots(roster, [])
  const health = createHealthChecks({
    checks: healthChecksOf(config),
    env,
    baseEnv,
    isNeeded: () => false,
    changed: () => {},
    now: Date.now,
  })
  const standing = () => ({ roster, agents: slots })
  const source = { config, env, versions: createVersions(baseEnv), health, standing }
  return agentReports(source, query, new AbortController().signal)
}
