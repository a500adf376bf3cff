import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { CliAgent, Protocol } from '../agents/cli/agent.ts'
import { loginFile } from '../agents/cli/home.ts'
import { claudeProtocol } from '../agents/claude/protocol.ts'
import { codexProtocol } from '../agents/codex/protocol.ts'
import { findProgram } from '../agents/find-program.ts'
import type { AgentEntry, Config } from '../config/config.ts'
import { resolveConnection } from '../config/interpolate.ts'
import type { AgentProblem } from '../plan/options.ts'

type Environment = { readonly [name: string]: string | undefined }
export type AgentsConfig = Pick<Config, 'agents' | 'enableCursorCli' | 'sandbox'>

/** Agents that have their own way of speaking, by the name under which every registry has them. */
const protocols: Readonly<Record<string, Protocol>> = {
  claude_code: claudeProtocol,
  openai_codex: codexProtocol,
}

/** Words of `connection.config` that every headless agent has. */
const words = ['command', 'args', 'env', 'token', 'auth', 'base_url', 'protocol']

/** What the registry says of an agent that nobody has configured. */
const unconfigured: Pick<AgentEntry, 'status' | 'blocker' | 'connection' | 'permissions'> = {
  status: 'active',
  blocker: null,
  connection: null,
  permissions: null,
}

/**
 * The headless agent of that name, ready to be started, or why it cannot be.
 *
 * `mcp_spawn` names a server of the Model Context Protocol. Claude Code's own is no way to have files edited (it refuses
 * every write and calls that a success), so `claude_code` works headless unless the connection names a `tool` to call.
 */
export function cliAgentNamed(name: string, config: AgentsConfig, env: Environment): Result<CliAgent, AgentProblem> {
  const entry = config.agents.get(name)
  const { status, blocker, connection, permissions } = entry ?? unconfigured
  const protocol = protocols[name] ?? protocols[textOf(connection?.config['protocol']) ?? '']
  const method = connection?.method ?? 'subprocess'
  if (protocol === undefined) return err(notYet(`"${name}" is an agent of a kind that this build does not run yet`))
  if (status === 'blocked') {
    const why = blocker === null ? '' : `: ${blocker}`
    return err(unavailable(`"${name}" is blocked in the registry${why}`, `set agents.${name}.status to active`))
  }
  const isHeadless = method === 'subprocess' || (method === 'mcp_spawn' && connection?.config['tool'] === undefined)
  if (!isHeadless) {
    const message = `"${name}" is connected by ${method}, which this build does not speak yet`
    return err(notYet(message, 'connection.method: subprocess starts its command-line program'))
  }
  const resolved = entry === undefined ? ok<JsonObject>({}) : resolveConnection(entry, env)
  if (!resolved.ok) {
    const names = resolved.error.join(' and ')
    return err(unavailable(`"${name}" needs ${names}, which its connection in the registry names`, `set ${names}`))
  }
  const settings = method === 'mcp_spawn' ? withoutServer(resolved.value, protocol) : resolved.value
  const wrong = Object.keys(settings).find((word) => !words.includes(word))
  if (wrong !== undefined) {
    const message = `agents.${name}.connection.config has "${wrong}", which a headless agent does not know`
    return err(unavailable(message, `it knows ${words.join(', ')}`))
  }
  return ok({
    name,
    protocol,
    command: wordsOf(settings['command']) ?? [programOf(protocol, env)],
    args: textsOf(settings['args']),
    env: variablesOf(settings['env']),
    key: keyOf(settings['token'] ?? settings['auth'], protocol, env),
    baseUrl: textOf(settings['base_url']),
    permissions: permissions ?? {},
  })
}

/** Why an agent could not begin here and now; `null`: nothing is known to be missing. */
export function agentProblem(
  name: string,
  config: AgentsConfig,
  env: Environment,
  options: { readonly needsKey: boolean },
): AgentProblem | null {
  const agent = cliAgentNamed(name, config, env)
  if (!agent.ok) return agent.error
  const { protocol, command, key } = agent.value
  const [program = ''] = command
  if (findProgram(program, env['PATH']) === null)
    return unavailable(`"${program}" is not installed: it is not on PATH`, `get it with ${protocol.install}`)
  if (!options.needsKey || key !== null || hasOtherAccess(agent.value, env)) return null
  return unavailable(`${name} has no key for its service and no login`, protocol.key.help)
}

const notYet = (message: string, help = 'docs/agents.md says which agents run'): AgentProblem => ({
  kind: 'not_yet',
  message: `${message} (agents)`,
  help,
})

const unavailable = (message: string, help: string): AgentProblem => ({ kind: 'unavailable', message, help })

function hasOtherAccess({ protocol: { home }, env: own }: CliAgent, env: Environment): boolean {
  const both: Environment = {
    ...env,
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, value ?? undefined])),
  }
  if (['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'].some((name) => both[name]))
    return true
  const login = home === null ? null : loginFile(home, env)
  return login !== null && existsSync(login)
}

function keyOf(configured: Json | undefined, { key }: Protocol, env: Environment): CliAgent['key'] {
  const given = textOf(configured)
  if (given !== null) return [key.variableFor(null, given), given]
  const name = key.from.find((variable) => env[variable])
  const value = name === undefined ? undefined : env[name]
  return name === undefined || value === undefined ? null : [key.variableFor(name, value), value]
}

/** A server's command is not the agent's, unless it begins with the agent's own program (`claude mcp serve`). */
function withoutServer(settings: JsonObject, { programs }: Protocol): JsonObject {
  const { command, args: _args, ...rest } = settings
  const [program] = wordsOf(command) ?? []
  return program !== undefined && programs.includes(basename(program)) ? { ...rest, command: program } : rest
}

const programOf = ({ programs }: Protocol, env: Environment): string =>
  programs.find((program) => findProgram(program, env['PATH']) !== null) ?? programs[0] ?? ''

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null)

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

const textsOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((item: Json) => asText(item)) : []

function wordsOf(value: Json | undefined): readonly string[] | null {
  const found = typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : textsOf(value)
  return found.length === 0 ? null : found
}

function variablesOf(value: Json | undefined): CliAgent['env'] {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, text === null ? null : asText(text)]))
}
