import { parseDuration } from '../../base/duration.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Protocol } from '../cli/agent.ts'
import { textAt } from '../cli/json-line.ts'
import { promptWithSchema } from '../cli/prompt.ts'
import { parseDriver } from '../driver/line.ts'
import { driverFile } from '../driver/program.ts'
import type { AcpPermissions, AcpTask } from './task.ts'

/** Words of `connection.config` that only an agent has which speaks ACP. */
export const acpWords = ['mode', 'auth_method', 'start_timeout'] as const

const usualStart = '2m'

/**
 * How an agent is spoken with that speaks the Agent Client Protocol on its standard input and output.
 *
 * @param like the agent behind it, where it is known here: its home and its key are the same
 */
export function acpProtocol(config: JsonObject, like: Protocol | null): Result<Protocol, string> {
  const { mode = null, auth_method: authMethod = null, start_timeout: start = usualStart } = config
  if (!isTextOrNull(mode)) return err('mode must be the name of a mode of the agent')
  if (!isTextOrNull(authMethod)) return err('auth_method must be the name of a way to log in that the agent offers')
  const startTimeoutMs = typeof start === 'string' || typeof start === 'number' ? parseDuration(start) : null
  if (startTimeoutMs === null || startTimeoutMs === 0) return err('start_timeout must be a duration, such as 2m')
  return ok({
    programs: [],
    install: 'the instructions of its maker',
    key: like?.key ?? null,
    options: ['mode'],
    home: like?.home ?? null,
    driver: driverFile('acp'),
    sessions: null,
    service: like?.service ?? { hosts: [], variable: null },
    parse: parseDriver,
    isStream: true,
    atExit: null,
    launch(attempt, agent) {
      const task: AcpTask = {
        prompt: promptWithSchema(attempt),
        folder: attempt.workingDirectory,
        mode: textAt(attempt.with, 'mode') ?? mode,
        model: attempt.spec.model,
        authMethod,
        startTimeoutMs,
        permissions: permissionsOf(agent.permissions),
      }
      return ok({ args: agent.args, prompt: JSON.stringify(task), stdin: true, env: {}, files: {}, folders: [] })
    },
  })
}

const isTextOrNull = (value: Json): value is string | null => value === null || typeof value === 'string'

/** Without a word of the registry it reads and edits files where it works, and no more. */
const permissionsOf = (words: PermissionWords): AcpPermissions => ({
  fileSystem: words.file_system ?? 'read_write',
  shellCommands: words.shell_commands ?? 'none',
  network: words.network ?? 'none',
})
