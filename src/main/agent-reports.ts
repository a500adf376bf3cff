import type { CliAgent } from '../agents/cli/agent.ts'
import { findProgram } from '../agents/find-program.ts'
import type { Result } from '../base/result.ts'
import type { Instant } from '../base/ids.ts'
import { OrchdError } from '../base/errors.ts'
import type { Config, HealthCheck } from '../config/config.ts'
import type { AgentProblem } from '../plan/options.ts'
import { didYouMean, suggester } from '../plan/suggest.ts'
import type { AgentCredential, AgentHealth, AgentReport, AgentsQuery } from '../ports/agents.ts'
import type { AgentSlots } from '../run/agent-slots.ts'
import type { Roster, RosterAgent } from '../run/roster.ts'
import { accessOf, agentProblem, cliAgentNamed } from './agents.ts'
import type { Environment } from './agent-settings.ts'
import { checksOf } from './agent-checks.ts'
import type { Version, Versions } from './agent-version.ts'
import { wayOf } from './agent-ways.ts'
import type { HealthChecks } from './health.ts'
import { wellKnownAgents } from './roster.ts'

export type AgentsSource = {
  readonly config: Config
  readonly env: Environment
  readonly versions: Versions
  readonly health: HealthChecks
  readonly standing: () => { readonly roster: Roster; readonly agents: AgentSlots }
}

/**
 * Who could do the work of steps here, and how things stand with each. With `check` each of them is tried, all at once:
 * nothing of that costs tokens.
 *
 * @throws OrchdError USAGE for a name that no agent has
 */
export async function agentReports(
  source: AgentsSource,
  { only, check }: AgentsQuery,
  signal: AbortSignal,
): Promise<readonly AgentReport[]> {
  const { roster } = source.standing()
  const names = [...roster.agents.keys()]
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const help = didYouMean(suggester(), unknown, names) ?? 'orchd agents lists them'
    throw new OrchdError('USAGE', `no agent is called "${unknown}"`, { help })
  }
  const wanted = [...roster.agents.values()].filter(({ name }) => only === null || only.includes(name))
  // Our own ones are there anyway: who looks, looks for the others.
  const isOurs = ({ name }: RosterAgent): boolean => source.config.agents.get(name)?.builtIn === true
  const inOrder = [...wanted.filter((agent) => !isOurs(agent)), ...wanted.filter(isOurs)]
  return Promise.all(inOrder.map((agent) => reportOf(agent, source, check, signal)))
}

async function reportOf(
  { name, capabilities, maxParallel, credential }: RosterAgent,
  source: AgentsSource,
  check: boolean,
  signal: AbortSignal,
): Promise<AgentReport> {
  const { config, env, health } = source
  const entry = config.agents.get(name)
  const type = entry?.type ?? wellKnownAgents.get(name)?.type ?? 'cli_wrapper'
  const isOurs = type === 'simulated' || entry?.builtIn === true
  const agent = isOurs ? null : cliAgentNamed(name, config, env)
  const problem = isOurs ? null : agentProblem(name, config, env, { needsKey: true })
  const program = agent === null ? null : programOf(agent, env)
  const version = await versionOf(agent, program, source, signal)
  const checks = check ? await checksOf({ name, agent, program, version }, source) : null
  const { agents } = source.standing()
  return {
    name,
    configured: entry !== undefined,
    state: stateOf(problem, entry?.status ?? 'active', isSwitchedOff(name, config)),
    why: problem?.message ?? null,
    help: problem?.help ?? null,
    type,
    interface: isOurs ? 'built_in' : wayOf(entry?.connection ?? null),
    program,
    version: version?.kind === 'told' ? version.version : null,
    login: agent?.ok === true ? accessOf(agent.value, env) : null,
    capabilities,
    permissions: entry?.permissions ?? {},
    sandbox: config.sandbox,
    price: entry?.price ?? null,
    health: healthOf(name, entry?.healthCheck ?? null, health),
    slots: { used: agents.used(name), max_parallel: maxParallel },
    credential: credentialOf(credential, source),
    checks,
  }
}

const isSwitchedOff = (name: string, { agents, enableCursorCli }: Config): boolean =>
  name === 'cursor_cli' ? !enableCursorCli : agents.get(name)?.status === 'blocked'

function stateOf(
  problem: AgentProblem | null,
  status: 'active' | 'experimental' | 'blocked',
  isOff: boolean,
): AgentReport['state'] {
  if (isOff) return 'blocked'
  if (problem !== null) return 'unavailable'
  return status === 'experimental' ? status : 'active'
}

function programOf(agent: Result<CliAgent, AgentProblem>, env: Environment): string | null {
  const [program] = agent.ok ? agent.value.command : []
  return program === undefined ? null : findProgram(program, env['PATH'])
}

async function versionOf(
  agent: Result<CliAgent, AgentProblem> | null,
  program: string | null,
  { versions }: AgentsSource,
  signal: AbortSignal,
): Promise<Version | null> {
  return agent?.ok === true && program !== null ? versions.of(agent.value, program, signal) : null
}

const timeOf = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString())

function healthOf(name: string, check: HealthCheck | null, health: HealthChecks): AgentHealth {
  const state = health.stateOf(name)
  const status = check === null ? 'none' : 'unchecked'
  if (state === null) return { status, why: null, since: null, asked_at: null, next_at: null }
  const { why, since, askedAt, nextAt } = state
  return { status: state.status, why, since: timeOf(since), asked_at: timeOf(askedAt), next_at: timeOf(nextAt) }
}

function credentialOf(name: string, { standing }: AgentsSource): AgentCredential {
  const { roster, agents } = standing()
  const found = roster.standings.get(name)
  return {
    name,
    used: agents.usedOf(name),
    max_parallel: roster.credentialCaps.get(name) ?? null,
    state: found === undefined ? 'free' : found.until === null ? 'stopped' : 'parked',
    cause: found?.cause ?? null,
    until: timeOf(found?.until ?? null),
  }
}
