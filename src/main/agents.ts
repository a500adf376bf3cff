import { existsSync } from 'node:fs'
import { claudeAdapter, codexAdapter } from '../agents/acp/adapters.ts'
import { acpProtocol, acpWords, type KnownAgent } from '../agents/acp/protocol.ts'
import type { CliAgent, Protocol } from '../agents/cli/agent.ts'
import { loginFile } from '../agents/cli/home.ts'
import { unknownOption } from '../agents/cli/options.ts'
import { claudeProtocol } from '../agents/claude/protocol.ts'
import { codexProtocol } from '../agents/codex/protocol.ts'
import { cursorProtocol } from '../agents/cursor/protocol.ts'
import { baseUrlOf, openAiProtocol, openAiWords } from '../agents/openai/protocol.ts'
import { customProtocol } from '../agents/custom/protocol.ts'
import { customWords } from '../agents/custom/settings.ts'
import { findProgram } from '../agents/find-program.ts'
import { listPriceOf } from '../agents/list-price.ts'
import type { JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { AgentEntry, Config } from '../config/config.ts'
import { resolveConnection } from '../config/interpolate.ts'
import type { AgentProblem } from '../plan/options.ts'
import { permissionWordsOf } from '../plan/permissions.ts'
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

export type AgentsConfig = Pick<Config, 'agents' | 'enableCursorCli' | 'sandbox' | 'review' | 'codexSandboxTimeoutMs'>

/** Agents that have their own way of speaking, by the name under which every registry has them. */
const protocols: Readonly<Record<string, Protocol>> = {
  claude_code: claudeProtocol,
  openai_codex: codexProtocol,
  cursor_cli: cursorProtocol,
}

/** Those of them that can speak ACP. */
const speakingAcp: Readonly<Record<string, KnownAgent>> = {
  claude_code: { agent: claudeProtocol, adapter: claudeAdapter },
  openai_codex: { agent: codexProtocol, adapter: codexAdapter },
}

const forKnown = ['token', 'auth', 'base_url']

/** What `connection.config` may hold; `undefined`: an agent of the user's own. */
function wordsFor(protocol: Protocol | undefined, method: string | undefined): readonly string[] {
  const common = ['command', 'args', 'env', 'service_hosts', 'visible', 'writable']
  if (method === 'rest_api') return [...openAiWords]
  if (method === 'acp') return [...common, ...(protocol === undefined ? [] : forKnown), 'protocol', ...acpWords]
  if (protocol === undefined) return [...common, ...customWords]
  return [...common, 'token', 'auth', 'protocol', protocol === cursorProtocol ? 'flags' : 'base_url']
}

type Registered = Pick<AgentEntry, 'status' | 'blocker' | 'connection' | 'permissions' | 'price'>

/** What holds for an agent that nobody has configured. */
const unconfigured: Registered = { status: 'active', blocker: null, connection: null, permissions: null, price: null }

/**
 * The headless agent of that name, ready to be started, or why it cannot be.
 *
 * `mcp_spawn` names a server of the Model Context Protocol. Claude Code's own is no way to have files edited (it refuses
 * every write and calls that a success), so `claude_code` works headless unless the connection names a `tool` to call.
 */
export function cliAgentNamed(name: string, config: AgentsConfig, env: Environment): Result<CliAgent, AgentProblem> {
  const entry = config.agents.get(name)
  const { connection, permissions, price } = entry ?? unconfigured
  const known = knownProtocol(name, connection)
  const closed = whyClosed(name, entry ?? unconfigured, config) ?? whyNotHeadless(name, connection, known)
  if (closed !== null) return err(closed)
  const resolved = entry === undefined ? ok<JsonObject>({}) : resolveConnection(entry, env)
  if (!resolved.ok) {
    const names = resolved.error.join(' and ')
    return err(unavailable(`"${name}" needs ${names}, which its connection in the registry names`, `set ${names}`))
  }
  const settings =
    known !== undefined && connection?.method === 'mcp_spawn' ? withoutServer(resolved.value, known) : resolved.value
  const mayHave = wordsFor(known, connection?.method)
  const wrong = Object.keys(settings).find((word) => !mayHave.includes(word))
  if (wrong !== undefined)
    return err(
      unavailable(`${placeOf(name)} has "${wrong}", which it may not have`, `it may have ${mayHave.join(', ')}`),
    )
  const protocol = protocolOf(name, connection?.method, settings, config)
  if (!protocol.ok) return err(unavailable(`${placeOf(name)}: ${protocol.error}`, 'mend it; docs/agents.md shows one'))
  const isApi = connection?.method === 'rest_api'
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
  if (connection === null) return protocols[name] ?? null
  const protocol = protocolOf(name, connection.method, connection.config, config)
  return protocol.ok ? protocol.value : null
}

function protocolOf(
  name: string,
  method: string | undefined,
  settings: JsonObject,
  { codexSandboxTimeoutMs }: Pick<AgentsConfig, 'codexSandboxTimeoutMs'>,
): Result<Protocol, string> {
  if (method === 'rest_api') return openAiProtocol(settings, codexSandboxTimeoutMs)
  const like = likeOf(name, settings)
  if (method === 'acp') return acpProtocol(settings, speakingAcp[like] ?? null)
  const known = protocols[like]
  return known === undefined ? customProtocol(settings) : ok(known)
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

/** Why an agent could not begin here and now; `null`: nothing is known to be missing. */
export function agentProblem(
  name: string,
  config: AgentsConfig,
  env: Environment,
  { needsKey, options = [] }: { readonly needsKey: boolean; readonly options?: readonly string[] },
): AgentProblem | null {
  const agent = cliAgentNamed(name, config, env)
  if (!agent.ok) return agent.error
  const { protocol, command, key, baseUrl } = agent.value
  const wrong = unknownOption(options, protocol.options)
  if (wrong !== null) return unavailable(wrong, 'docs/agents.md says what each of them does')
  const [program] = command
  if (program !== undefined && findProgram(program, env['PATH']) === null)
    return unavailable(`"${program}" is not installed: it is not on PATH`, `get it with ${protocol.install}`)
  // A service of one's own may want no key.
  if (program === undefined && baseUrl !== null) return null
  if (!needsKey || key !== null || protocol.key === null || (program !== undefined && hasOtherAccess(agent.value, env)))
    return null
  return unavailable(`${name} has no key for its service and no login`, protocol.key.help)
}

function whyClosed(name: string, { status, blocker }: Registered, config: AgentsConfig): AgentProblem | null {
  const isCursor = name === 'cursor_cli'
  if (isCursor ? config.enableCursorCli : status !== 'blocked') return null
  const why = blocker === null ? '' : ` (${blocker})`
  return isCursor
    ? unavailable(`cursor_cli is switched off${why}`, 'set ENABLE_CURSOR_CLI=true, or enable_cursor_cli: true')
    : unavailable(`"${name}" is blocked in the registry${why}`, `set agents.${name}.status to active`)
}

function whyNotHeadless(
  name: string,
  connection: AgentEntry['connection'],
  known: Protocol | undefined,
): AgentProblem | null {
  const help = 'connection: { method: subprocess, config: { command: ... } } starts a command-line program'
  if (connection === null)
    return known === undefined ? unavailable(`"${name}" has no connection in the registry`, help) : null
  const { method, config } = connection
  const isHeadless = method === 'mcp_spawn' && known === claudeProtocol && config['tool'] === undefined
  if (method === 'rest_api') return null
  if (method !== 'subprocess' && method !== 'acp' && !isHeadless)
    return notYet(`"${name}" is connected by ${method}, which this build does not speak yet`, help)
  const hasProgram = method === 'acp' ? likeOf(name, config) in speakingAcp : known !== undefined
  if (!hasProgram && config['command'] === undefined)
    return unavailable(`${placeOf(name)} has no command`, help.replace('subprocess', method))
  return null
}

const knownProtocol = (name: string, connection: AgentEntry['connection']): Protocol | undefined =>
  protocols[likeOf(name, connection?.config ?? {})]

/** The agent as which it is spoken with. */
const likeOf = (name: string, config: JsonObject): string => textOf(config['protocol']) ?? name

const placeOf = (name: string): string => `agents.${name}.connection.config`

const notYet = (message: string, help: string): AgentProblem => ({
  kind: 'not_yet',
  message: `${message} (agents)`,
  help,
})

const unavailable = (message: string, help: string): AgentProblem => ({ kind: 'unavailable', message, help })

/** Clouds that know who asks without a key of ours; logins that cannot be seen from here are given the benefit of the doubt. */
function hasOtherAccess({ protocol: { home }, env: own }: CliAgent, env: Environment): boolean {
  const clouds = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']
  if (home === null || clouds.some((name) => own[name] ?? env[name])) return true
  const login = loginFile(home, env)
  return login !== null && existsSync(login)
}

const programOf = ({ programs }: Protocol, env: Environment): string =>
  programs.find((program) => findProgram(program, env['PATH']) !== null) ?? programs[0] ?? ''
