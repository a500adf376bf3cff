import { parseDuration } from '../../base/duration.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Protocol } from '../cli/agent.ts'
import { textAt } from '../cli/json-line.ts'
import { promptWithSchema } from '../cli/prompt.ts'
import { parseDriver } from '../driver/line.ts'
import { driverFile } from '../driver/program.ts'
import type { AcpAdapter } from './adapters.ts'
import type { AcpPermissions, AcpTask } from './task.ts'

/** Words of `connection.config` that only an agent has which speaks ACP. */
export const acpWords = ['mode', 'auth_method', 'start_timeout'] as const

const usualStart = '2m'

/** An agent that is known here, and speaks ACP by an adapter: home, login and key are the agent's own. */
export type KnownAgent = { readonly agent: Protocol; readonly adapter: AcpAdapter }

/** How an agent is spoken with that speaks the Agent Client Protocol on its standard input and output. */
export function acpProtocol(config: JsonObject, known: KnownAgent | null): Result<Protocol, string> {
  const { mode = null, auth_method: authMethod = null, start_timeout: start = usualStart } = config
  if (!isTextOrNull(mode)) return err('mode must be the name of a mode of the agent')
  if (!isTextOrNull(authMethod)) return err('auth_method must be the name of a way to log in that the agent offers')
  const startTimeoutMs = typeof start === 'string' || typeof start === 'number' ? parseDuration(start) : null
  if (startTimeoutMs === null || startTimeoutMs === 0) return err('start_timeout must be a duration, such as 2m')
  return ok({
    programs: known?.adapter.programs ?? [],
    install: known?.adapter.install ?? 'the instructions of its maker',
    key: known?.agent.key ?? null,
    options: ['mode'],
    home: known?.agent.home ?? null,
    driver: driverFile('acp'),
    sessions: sessionsOf(known),
    resume: resumeOf(known),
    ...(known?.agent.tellsNoCost === true ? { tellsNoCost: true } : {}),
    ...(known?.agent.tracesTo === undefined ? {} : { tracesTo: known.agent.tracesTo }),
    service: known?.agent.service ?? { hosts: [], variable: null },
    parse: parseDriver,
    isStream: true,
    atExit: null,
    launch(attempt, agent, home, confined) {
      const own = known?.agent.launch({ ...attempt, with: {} }, agent, home, confined) ?? null
      if (own?.ok === false) return own
      const { model } = attempt.spec
      const variable = known?.adapter.modelVariable ?? null
      const task: AcpTask = {
        prompt: promptWithSchema(attempt),
        folder: attempt.workingDirectory,
        session: attempt.session?.id ?? null,
        mode: textAt(attempt.with, 'mode') ?? mode ?? known?.adapter.mode(agent.permissions, confined) ?? null,
        model: variable === null ? model : null,
        meta: known?.adapter.session(confined) ?? null,
        authMethod,
        startTimeoutMs,
        permissions: permissionsOf(agent.permissions),
      }
      return ok({
        args: agent.args,
        prompt: JSON.stringify(task),
        stdin: true,
        env: {
          ...own?.value.env,
          ...known?.adapter.env(agent),
          ...(variable === null || model === null ? {} : { [variable]: model }),
        },
        files: {},
        folders: own?.value.folders ?? [],
      })
    },
  })
}

/** Their files are the agent's own; of the sums that it tells the adapter may tell parts. */
const sessionsOf = (known: KnownAgent | null): Protocol['sessions'] =>
  known === null || known.agent.sessions === null ? null : { ...known.agent.sessions, sums: known.adapter.sums }

/** At a terminal it is the agent itself that goes on, not its adapter. */
function resumeOf(known: KnownAgent | null): Protocol['resume'] {
  const { resume = null, programs = [] } = known?.agent ?? {}
  return resume === null ? null : (session, agent) => ({ programs, ...resume(session, agent) })
}

const isTextOrNull = (value: Json): value is string | null => value === null || typeof value === 'string'

/** Without a word of the registry it reads and edits files where it works, and no more. */
const permissionsOf = (words: PermissionWords): AcpPermissions => ({
  fileSystem: words.file_system ?? 'read_write',
  shellCommands: words.shell_commands ?? 'none',
  network: words.network ?? 'none',
})
