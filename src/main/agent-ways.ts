import { claudeAdapter, codexAdapter } from '../agents/acp/adapters.ts'
import { acpProtocol, acpWords, type KnownAgent } from '../agents/acp/protocol.ts'
import { claudeProtocol } from '../agents/claude/protocol.ts'
import type { Protocol } from '../agents/cli/agent.ts'
import { codexProtocol } from '../agents/codex/protocol.ts'
import { cursorProtocol } from '../agents/cursor/protocol.ts'
import { customProtocol } from '../agents/custom/protocol.ts'
import { customWords } from '../agents/custom/settings.ts'
import { mcpProtocol, mcpWords } from '../agents/mcp/protocol.ts'
import { openAiProtocol, openAiWords } from '../agents/openai/protocol.ts'
import type { JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import type { AgentEntry, Config } from '../config/config.ts'
import { textOf, textsOf, wordsOf } from './agent-settings.ts'

/**
 * How an agent is spoken with: as a program of its own, or by a driver of ours that speaks ACP, calls a tool by MCP, or asks
 * a model over an API.
 */
export type Way = 'headless' | 'acp' | 'mcp' | 'api'

type Connection = AgentEntry['connection']

/** Agents that have their own way of speaking, by the name under which every registry has them. */
const headless: Readonly<Record<string, Protocol>> = {
  claude_code: claudeProtocol,
  openai_codex: codexProtocol,
  cursor_cli: cursorProtocol,
}

/** Those of them that can speak ACP. */
const speakingAcp: Readonly<Record<string, KnownAgent>> = {
  claude_code: { agent: claudeProtocol, adapter: claudeAdapter },
  openai_codex: { agent: codexProtocol, adapter: codexAdapter },
}

/**
 * `mcp_spawn` names a server of the Model Context Protocol. Claude Code's own is no way to have files edited (it refuses
 * every write and calls that a success), so without a `tool` to call the agent behind it works headless.
 */
export function wayOf(connection: Connection): Way {
  if (connection === null) return 'headless'
  const { method, config } = connection
  if (method === 'acp') return 'acp'
  if (method === 'rest_api') return 'api'
  return method === 'mcp_tool' || (method === 'mcp_spawn' && config['tool'] !== undefined) ? 'mcp' : 'headless'
}

/** The known agent that is behind an entry of the registry, headless; `undefined`: one of the user's own. */
export const knownProtocol = (name: string, connection: Connection): Protocol | undefined =>
  headless[likeOf(name, connection?.config ?? {})]

const likeOf = (name: string, config: JsonObject): string => textOf(config['protocol']) ?? name

/** Whether the program is known, so that no command has to be named. */
export function hasOwnProgram(name: string, way: Way, config: JsonObject): boolean {
  const like = likeOf(name, config)
  return way === 'api' || (way === 'acp' ? like in speakingAcp : way === 'headless' && like in headless)
}

/** How an agent is spoken with, by the settings of its connection, or what is wrong with them. */
export function protocolOf(
  name: string,
  way: Way,
  settings: JsonObject,
  { codexSandboxTimeoutMs }: Pick<Config, 'codexSandboxTimeoutMs'>,
): Result<Protocol, string> {
  const like = likeOf(name, settings)
  const known = headless[like]
  switch (way) {
    case 'api':
      return openAiProtocol(settings, codexSandboxTimeoutMs)
    case 'acp':
      return acpProtocol(settings, speakingAcp[like] ?? null)
    case 'mcp':
      return mcpProtocol(
        settings,
        [...(wordsOf(settings['command']) ?? []), ...textsOf(settings['args'])],
        known ?? null,
      )
    case 'headless':
      return known === undefined ? customProtocol(settings) : ok(known)
  }
}

/** What `connection.config` may hold. */
export function wordsFor(way: Way, known: Protocol | undefined): readonly string[] {
  if (way === 'api') return [...openAiWords]
  const common = ['command', 'args', 'env', 'service_hosts', 'visible', 'writable']
  const ofDriver = way === 'acp' ? acpWords : way === 'mcp' ? mcpWords : null
  const forKnown = known === undefined ? [] : ['token', 'auth', known === cursorProtocol ? 'flags' : 'base_url']
  if (ofDriver !== null) return [...common, ...forKnown, 'protocol', ...ofDriver]
  return known === undefined ? [...common, ...customWords] : [...common, ...forKnown, 'protocol']
}
