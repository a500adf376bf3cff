import type { CliAgent } from '../agents/cli/agent.ts'
import { missingProgram } from '../agents/find-program.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from './agent-settings.ts'
import type { HealthChecks } from './health.ts'
import type { Result } from '../base/result.ts'
import type { AgentProblem } from '../plan/options.ts'
import type { AgentCheck } from '../ports/agents.ts'
import type { Version } from './agent-version.ts'
import { accessOf } from './agents.ts'
import { sandboxProblem } from './sandbox-problem.ts'

type Tried = {
  readonly name: string
  /** `null`: it is a part of orchd. */
  readonly agent: Result<CliAgent, AgentProblem> | null
  readonly program: string | null
  readonly version: Version | null
}

type Source = {
  readonly config: Pick<Config, 'agents' | 'sandbox'>
  readonly env: Environment
  readonly health: Pick<HealthChecks, 'ask' | 'stateOf'>
}

type Found = Omit<AgentCheck, 'what'>

const ok = (message: string): Found => ({ result: 'ok', message, help: null })
const skipped = (message: string): Found => ({ result: 'skipped', message, help: null })
const failed = (message: string, help: string): Found => ({ result: 'failed', message, help })

/** What trying an agent gives, one line for each thing that it needs. Asks for its health; spends nothing. */
export async function checksOf(tried: Tried, source: Source): Promise<readonly AgentCheck[]> {
  const { agent } = tried
  if (agent?.ok === false) return [{ what: 'program', ...failed(agent.error.message, agent.error.help) }]
  const health: AgentCheck = { what: 'health', ...(await healthCheck(tried.name, source)) }
  if (agent === null) return [{ what: 'program', ...skipped('a part of orchd') }, health]
  return [
    { what: 'program', ...programCheck(agent.value, tried) },
    { what: 'version', ...versionCheck(tried.version, agent.value) },
    { what: 'login', ...loginCheck(agent.value, tried, source) },
    { what: 'sandbox', ...sandboxCheck(source) },
    health,
  ]
}

function programCheck({ command, protocol }: CliAgent, { program }: Tried): Found {
  const [name] = command
  if (name === undefined) return skipped('none: orchd asks its service itself')
  if (program !== null) return ok(program)
  return failed(missingProgram(name), `get it with ${protocol.install}`)
}

function versionCheck(version: Version | null, { protocol }: CliAgent): Found {
  if (version === null) return skipped('no program')
  if (version.kind === 'not_asked') return skipped('not asked: only programs that orchd knows are')
  return version.kind === 'told'
    ? ok(version.version)
    : failed(version.why, `run it by hand with --version; install it again with ${protocol.install}`)
}

function loginCheck(agent: CliAgent, { name }: Tried, { env }: Source): Found {
  const access = accessOf(agent, env)
  if (access !== null) return ok(access)
  return failed(`${name} has no key for its service and no login`, agent.protocol.key?.help ?? 'give it one')
}

function sandboxCheck({ config, env }: Source): Found {
  if (config.sandbox === 'off') return skipped('switched off: agents have all your rights')
  const problem = sandboxProblem(env['PATH'])
  if (problem === null) return ok('one starts here')
  return { result: config.sandbox === 'required' ? 'failed' : 'warning', ...problem }
}

async function healthCheck(name: string, { config, health }: Source): Promise<Found> {
  if ((config.agents.get(name)?.healthCheck ?? null) === null) return skipped('no health check is configured')
  await health.ask(name)
  const state = health.stateOf(name)
  if (state === null || state.why === null) return ok('healthy')
  return failed(state.why, `see why; health_checks.${name} says what is asked`)
}
