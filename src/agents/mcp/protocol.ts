import { basename } from 'node:path'
import { parseDuration } from '../../base/duration.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Protocol } from '../cli/agent.ts'
import { promptWithSchema } from '../cli/prompt.ts'
import { parseDriver } from '../driver/line.ts'
import { driverFile } from '../driver/program.ts'
import type { McpTask } from './task.ts'
import { filledIn, optionsIn } from './template.ts'

/** Words of `connection.config` that only the tool of an MCP server has. */
export const mcpWords = ['tool', 'arguments', 'timeout', 'start_timeout'] as const

const usualArguments = { prompt: '{prompt}' }
/** What Claude's agent has to be told beside the prompt. */
const claudeArguments = { description: 'A step of a plan', prompt: '{prompt}' }

/**
 * How a tool that an MCP server offers is called as the work of a step.
 *
 * @param command the server's command line
 * @param known the agent behind the server, where it is known here: its home and its key are the same
 */
export function mcpProtocol(
  config: JsonObject,
  command: readonly string[],
  known: Protocol | null,
): Result<Protocol, string> {
  const isClaude = isClaudeServer(command)
  const { tool, start_timeout: start = '1m', timeout = null } = config
  const isAgent = isClaude && tool === 'Agent'
  const { arguments: given = isAgent ? claudeArguments : usualArguments } = config
  if (typeof tool !== 'string' || tool === '') return err('tool must be the name of a tool of the server')
  if (!isJsonObject(given)) return err('arguments must be a map of what the tool is given')
  const startTimeoutMs = durationIn(start)
  const timeoutMs = timeout === null ? null : durationIn(timeout)
  if (startTimeoutMs === null || startTimeoutMs === 0) return err('start_timeout must be a duration, such as 1m')
  if (timeout !== null && (timeoutMs === null || timeoutMs === 0)) return err('timeout must be a duration, such as 10m')
  const refuses = isAgent ? refusesEdits : (): null => null
  return ok({
    programs: [],
    install: 'the instructions of its maker',
    key: known?.key ?? null,
    options: optionsIn(given),
    home: known?.home ?? null,
    driver: driverFile('mcp'),
    refuses,
    sessions: null,
    resume: null,
    tellsNoCost: true,
    service: known?.service ?? { hosts: [], variable: null },
    parse: parseDriver,
    isStream: true,
    atExit: null,
    launch(attempt, agent, home, confined) {
      const refusal = refuses(agent.permissions)
      if (refusal !== null) return err(refusal)
      const own = known?.launch({ ...attempt, with: {} }, agent, home, confined) ?? null
      if (own?.ok === false) return own
      const options = Object.entries(attempt.with).map(([name, value]) => [`with.${name}`, value] as const)
      const values = {
        prompt: promptWithSchema(attempt),
        model: attempt.spec.model,
        folder: attempt.workingDirectory,
        ...Object.fromEntries(options),
      }
      const task: McpTask = {
        tool,
        arguments: filledIn(given, values),
        folder: attempt.workingDirectory,
        startTimeoutMs,
        timeoutMs,
      }
      return ok({
        args: agent.args,
        prompt: JSON.stringify(task),
        stdin: true,
        env: own?.value.env ?? {},
        files: {},
        folders: own?.value.folders ?? [],
      })
    },
  })
}

/** `claude mcp serve`, by any path. */
const isClaudeServer = ([program = '', ...words]: readonly string[]): boolean =>
  basename(program) === 'claude' && words[0] === 'mcp' && words[1] === 'serve'

/** Its agent has nobody to ask, so that each edit is refused; and it reports it as done. */
const refusesEdits = ({ file_system: files = 'read_write' }: PermissionWords): string | null =>
  files === 'read_write'
    ? 'the Agent tool of "claude mcp serve" cannot edit files: it is for steps that only read'
    : null

const durationIn = (value: Json): number | null =>
  typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : null
