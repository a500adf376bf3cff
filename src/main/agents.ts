import { existsSync } from 'node:fs'
import type { CliAgent, Protocol } from '../agents/cli/agent.ts'
import { loginFile } from '../agents/cli/home.ts'
import { unknownOption } from '../agents/cli/options.ts'
import { baseUrlOf } from '../agents/openai/protocol.ts'
import { findProgram, missingProgram } from '../agents/find-program.ts'
import { listPriceOf } from '../agents/list-price.ts'
import type { JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { AgentEntry, Config } from '../config/config.ts'
import { resolveConnection } from '../config/interpolate.ts'
import { secretsInCommand } from '../config/secrets.ts'
import type { AgentProblem } from '../plan/options.ts'
import { narrowed, permissionWordsOf } from '../plan/permissions.ts'
import type { PermissionWords } from '../plan/plan.ts'
import {
  atHome,
  type Environment,
  keyOf,
  textOf,
  textsOf,
  variablesOf,
  withoutServer,
  wordsOf,
} from './agent-settings.ts'
import { hasOwnProgram, knownProtocol, protocolOf, wayOf, wordsFor } from './agent-ways.ts'

export type AgentsConfig = Pick<
  Config,
  'agents' | 'enableCursorCli' | 'sandbox' | 'review' | 'codexSandboxTimeoutMs' | 'testCommand' | 'secrets'
>

type Registered = Pick<AgentEntry, 'status' | 'blocker' | 'connection' | 'permissions' | 'price'>

/** What holds for an agent that nobody has configured. */
const unconfigured: Registered = { status: 'active', blocker: null, connection: null, permissions: null, price: null }

/** The agent of that name that is a program, or has a driver, ready to be started; or why it cannot be. */
export function cliAgentNamed(name: string, config: AgentsConfig, env: Environment): Result<CliAgent, AgentProblem> {
  const entry = config.agents.get(name)
  const { connection, permissions, price } = entry ?? unconfigured
  const known = knownProtocol(name, connection)
  const closed = whyClosed(name, entry ?? unconfigured, config) ?? whyNotConnected(name, entry)
  if (closed !== null) return err(closed)
  const resolved = entry === undefined ? ok<JsonObject>({}) : resolveConnection(entry, env)
  if (!resolved.ok) {
    const names = resolved.error.join(' and ')
    return err(unavailable(`"${name}" needs ${names}, which its connection in the registry names`, `set ${names}`))
  }
  const shown = secretsInCommand(connection?.config ?? {}, config)
  if (shown.length > 0) {
    const message = `${placeOf(name)} would show ${shown.join(' and ')}, a secret, to whoever lists processes`
    return err(unavailable(message, 'give it in env, and take it out of command, args and flags'))
  }
  const way = wayOf(connection)
  const isServer = connection?.method === 'mcp_spawn' && way === 'headless'
  const settings = known !== undefined && isServer ? withoutServer(resolved.value, known) : resolved.value
  const mayHave = wordsFor(way, known)
  const wrong = Object.keys(settings).find((word) => !mayHave.includes(word))
  if (wrong !== undefined)
    return err(
      unavailable(`${placeOf(name)} has "${wrong}", which it may not have`, `it may have ${mayHave.join(', ')}`),
    )
  const protocol = protocolOf(name, way, settings, config)
  if (!protocol.ok) return err(unavailable(`${placeOf(name)}: ${protocol.error}`, 'mend it; docs/agents.md shows one'))
  const isApi = way === 'api'
  const isCustom = known === undefined && protocol.value.driver === null
  return ok({
    name,
    protocol: protocol.value,
    command: isApi ? [] : (wordsOf(settings['command']) ?? [programOf(protocol.value, env)]),
    args: isCustom ? [] : textsOf(settings['args']),
    flags: settings['flags'] === undefined ? null : textsOf(settings['flags']),
    env: variablesOf(settings['env']),
    key: keyOf(settings['token'] ?? settings['auth'], protocol.value, env),
    baseUrl: isApi ? (baseUrlOf(settings) ?? textOf(env['OPENAI_BASE_URL'])) : textOf(settings['base_url']),
    price,
    serviceHosts: textsOf(settings['service_hosts']),
    visible: textsOf(settings['visible']).map((path) => atHome(path, env)),
    writable: textsOf(settings['writable']).map((path) => atHome(path, env)),
    permissions: permissionWordsOf(permissions ?? {}),
  })
}

/** How an agent is spoken with, whether or not it can be started; `null`: not known. */
export function protocolNamed(
  name: string,
  config: Pick<AgentsConfig, 'agents' | 'codexSandboxTimeoutMs'>,
): Protocol | null {
  const connection = config.agents.get(name)?.connection ?? null
  if (connection === null) return knownProtocol(name, null) ?? null
  const protocol = protocolOf(name, wayOf(connection), connection.config, config)
  return protocol.ok ? protocol.value : null
}

/** Whether it will be known what an agent costs: by its own word, or by its list price. */
export function tellsCost(
  name: string,
  model: string | null,
  config: Pick<AgentsConfig, 'agents' | 'codexSandboxTimeoutMs'>,
): boolean {
  const entry = config.agents.get(name)
  if (name === 'simulated' || entry?.type === 'simulated') return true
  return protocolNamed(name, config)?.tellsNoCost !== true || listPriceOf(entry?.price ?? null, model) !== null
}

type Looked = {
  readonly needsKey: boolean
  /** Says what comes first only, where it stands in a list of agents. */
  readonly briefly?: boolean
  /** The names in the step's `with`. */
  readonly options?: readonly string[]
  /** The words of the step. @default no step is looked at */
  readonly permissions?: PermissionWords
}

/** Why an agent could not begin here and now; `null`: nothing is known to be missing. */
export function agentProblem(
  name: string,
  config: AgentsConfig,
  env: Environment,
  { needsKey, briefly = false, options = [], permissions }: Looked,
): AgentProblem | null {
  const agent = cliAgentNamed(name, config, env)
  if (!agent.ok) return agent.error
  const { protocol, command } = agent.value
  const refusal =
    permissions === undefined ? null : (protocol.refuses?.(narrowed(agent.value.permissions, permissions)) ?? null)
  if (refusal !== null) return unavailable(refusal, 'say permissions: { file_system: read_only }, or leave out "tool"')
  const wrong = unknownOption(options, protocol.options)
  if (wrong !== null) return unavailable(wrong, 'docs/agents.md says what each of them does')
  const [program] = command
  const lacksKey = needsKey && accessOf(agent.value, env) === null
  const then = lacksKey && !briefly && protocol.key !== null ? `, then ${protocol.key.help}` : ''
  if (program !== undefined && findProgram(program, env['PATH']) === null)
    return unavailable(missingProgram(program), `get it with ${protocol.install}${then}`)
  if (!lacksKey) return null
  return unavailable(`${name} has no key for its service and no login`, protocol.key?.help ?? 'give it one')
}

function whyClosed(name: string, { status, blocker }: Registered, config: AgentsConfig): AgentProblem | null {
  const isCursor = name === 'cursor_cli'
  if (isCursor ? config.enableCursorCli : status !== 'blocked') return null
  const why = blocker === null ? '' : ` (${blocker})`
  return isCursor
    ? unavailable(`cursor_cli is switched off${why}`, 'set ENABLE_CURSOR_CLI=true, or enable_cursor_cli: true')
    : unavailable(`"${name}" is blocked in the registry${why}`, `set agents.${name}.status to active`)
}

function whyNotConnected(name: string, entry: AgentEntry | undefined): AgentProblem | null {
  const { type, connection } = entry ?? { type: null, connection: null }
  const help =
    type === 'acp'
      ? 'connection: { method: acp, config: { command: ... } } starts one that speaks ACP'
      : 'connection: { method: subprocess, config: { command: ... } } starts a command-line program'
  const known = knownProtocol(name, connection)
  if (connection === null)
    return known === undefined ? unavailable(`"${name}" has no connection in the registry`, help) : null
  const { method, config } = connection
  const way = wayOf(connection)
  // Of the agents that are known only Claude has a server, which it stands for.
  if (method === 'mcp_spawn' && way === 'headless' && known?.programs.includes('claude') !== true)
    return unavailable(`${placeOf(name)} names no tool of its server`, 'write tool: NAME; docs/agents.md shows one')
  if (!hasOwnProgram(name, way, config) && config['command'] === undefined)
    return unavailable(`${placeOf(name)} has no command`, help.replace('subprocess', method))
  return null
}

const placeOf = (name: string): string => `agents.${name}.connection.config`

const unavailable = (message: string, help: string): AgentProblem => ({ message, help })

const clouds = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']

/**
 * How an agent gets at its service, in words and without any secret: by a key, by a login that can be seen or may be there,
 * by a cloud that knows who asks. `null`: by nothing that is known.
 */
export function accessOf({ protocol, key, command, baseUrl, env: own }: CliAgent, env: Environment): string | null {
  if (key !== null) return `a key (${key[0]})`
  if (protocol.key === null) return 'none that orchd knows of'
  if (command.length === 0) return baseUrl === null ? null : 'none: a service of your own may want no key'
  const cloud = clouds.find((name) => own[name] ?? env[name])
  if (cloud !== undefined) return `a cloud (${cloud})`
  if (protocol.home === null) return 'a login, if there is one: it cannot be seen from here'
  const login = loginFile(protocol.home, env)
  return login !== null && existsSync(login) ? `the login in ${login}` : null
}

const programOf = ({ programs }: Protocol, env: Environment): string =>
  programs.find((program) => findProgram(program, env['PATH']) !== null) ?? programs[0] ?? ''
