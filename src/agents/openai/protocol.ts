import { parseDuration } from '../../base/duration.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Protocol } from '../cli/agent.ts'
import { textAt } from '../cli/json-line.ts'
import { countOption } from '../cli/options.ts'
import { promptOf, promptWithSchema } from '../cli/prompt.ts'
import { isStrict } from '../codex/strict-schema.ts'
import { parseDriver } from '../driver/line.ts'
import { driverFile } from '../driver/program.ts'
import { keyVariable, type OpenAiTask } from './task.ts'

/** Words of `connection.config` under `rest_api`. */
export const openAiWords = [
  'endpoint', 'api_base', 'base_url', 'auth', 'token', 'model', 'tools', 'store', 'reasoning_effort', 'max_turns',
  'max_retries', 'idle_timeout', 'env', 'service_hosts', 'visible', 'writable',
] as const // prettier-ignore

const usual = { model: 'gpt-5.5', maxTurns: 200, maxRetries: 5, idleTimeout: '5m' } as const

/**
 * How a model is spoken with over the Responses API of OpenAI, or of a service that speaks the same: the driver is the
 * agent, which runs the model's commands and applies its patches.
 *
 * @param commandTimeoutMs the longest time of one command
 */
export function openAiProtocol(config: JsonObject, commandTimeoutMs: number): Result<Protocol, string> {
  const settings = settingsOf(config)
  if (!settings.ok) return settings
  // Node.js looks at the person's proxies only when it is told to.
  const env = { NODE_USE_ENV_PROXY: '1' }
  const { model, tools, store, reasoningEffort, maxTurns, maxRetries, idleTimeoutMs } = settings.value
  return ok({
    programs: [],
    install: 'nothing: it is a part of orchd',
    key: {
      from: [keyVariable, 'CODEX_API_KEY'],
      variableFor: () => keyVariable,
      help: `set ${keyVariable}, or auth in its connection`,
    },
    options: ['max_turns', 'reasoning_effort'],
    home: null,
    driver: driverFile('openai'),
    sessions: store ? { folder: null, sums: [] } : null,
    resume: null,
    // Its driver stays outside of the sandbox and asks the service itself.
    service: { hosts: [], variable: null },
    tellsNoCost: true,
    parse: parseDriver,
    isStream: true,
    atExit: null,
    launch(attempt, agent, _home, confined) {
      const turns = countOption(attempt.with, 'max_turns')
      if (!turns.ok) return turns
      const schema = attempt.spec.outputSchema
      const inWords = schema !== null && !isStrict(schema)
      const prompt = (of: typeof attempt): string => (inWords ? promptWithSchema(of) : promptOf(of))
      const task: OpenAiTask = {
        prompt: prompt(attempt),
        session:
          attempt.session === null
            ? null
            : { responseId: attempt.session.id, promptAfresh: prompt({ ...attempt, session: null }) },
        folder: attempt.workingDirectory,
        model: attempt.spec.model ?? model ?? usual.model,
        baseUrl: agent.baseUrl,
        schema,
        may: mayDo(agent.permissions, confined),
        tools,
        store,
        reasoningEffort: textAt(attempt.with, 'reasoning_effort') ?? reasoningEffort,
        maxTurns: turns.value ?? maxTurns ?? usual.maxTurns,
        maxRetries,
        commandTimeoutMs,
        idleTimeoutMs,
        traceparent: attempt.env['TRACEPARENT'] ?? null,
      }
      return ok({ args: [], prompt: JSON.stringify(task), stdin: true, env, files: {}, folders: [] })
    },
  })
}

/** The address of the service, whichever of its names it has; the system's description ends it with the agent's name. */
export function baseUrlOf(config: JsonObject): string | null {
  const given = textAt(config, 'base_url') ?? textAt(config, 'api_base') ?? textAt(config, 'endpoint')
  return given?.replace(/\/+$/, '').replace(/\/(?:codex|responses)$/, '') ?? null
}

/** Without a sandbox commands have all rights of the person, so that takes a word. */
function mayDo(words: PermissionWords, confined: boolean): OpenAiTask['may'] {
  const { file_system: files = 'read_write', shell_commands: shell = confined ? 'allowed' : 'none' } = words
  return { shell: shell === 'allowed' || shell === 'sandboxed', patch: files === 'read_write' }
}

type Settings = Pick<OpenAiTask, 'tools' | 'store' | 'reasoningEffort' | 'maxRetries' | 'idleTimeoutMs'> & {
  readonly model: string | null
  readonly maxTurns: number | null
}

function settingsOf(config: JsonObject): Result<Settings, string> {
  const { tools = 'native', store = true, max_retries: maxRetries = usual.maxRetries } = config
  const { idle_timeout: idle = usual.idleTimeout } = config
  if (tools !== 'native' && tools !== 'functions') return err('tools must be native or functions')
  if (typeof store !== 'boolean') return err('store must be true or false')
  if (!isCount(maxRetries)) return err('max_retries must be a whole number')
  const maxTurns = countOption(config, 'max_turns')
  if (!maxTurns.ok) return err('max_turns must be a whole number above zero')
  const idleTimeoutMs = typeof idle === 'string' || typeof idle === 'number' ? parseDuration(idle) : null
  if (idleTimeoutMs === null || idleTimeoutMs === 0) return err('idle_timeout must be a duration, such as 5m')
  const named = [textAt(config, 'model'), textAt(config, 'reasoning_effort')] as const
  return ok({
    tools, store, maxRetries, idleTimeoutMs, maxTurns: maxTurns.value, model: named[0], reasoningEffort: named[1],
  }) // prettier-ignore
}

const isCount = (value: Json): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0
