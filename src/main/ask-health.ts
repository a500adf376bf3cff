import { runBriefly } from './run-briefly.ts'
import { formatDuration } from '../base/duration.ts'
import type { HealthCheck } from '../config/config.ts'
import { namesIn, replaceVariables } from '../config/interpolate.ts'
import type { Environment } from './agent-settings.ts'

export type AskHealth = {
  /** For `${NAME}` in an address. */
  readonly env: Environment
  /** For commands, without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  readonly signal: AbortSignal
}

/** Why an agent is not well, without what it printed or its address; `null` when it is. */
export async function askHealth(check: HealthCheck, { env, baseEnv, signal }: AskHealth): Promise<string | null> {
  const { endpoint, command, timeoutMs } = check
  const late = `no answer to its health check within ${formatDuration(timeoutMs)}`
  if (endpoint !== null) return askEndpoint(endpoint, { env, signal, timeoutMs, late })
  const { parseCommandString } = await import('execa')
  const words = parseCommandString(command ?? '')
  const ended = await runBriefly(words, { env: baseEnv, timeoutMs, signal })
  if (ended.kind === 'late') return late
  if (ended.kind === 'not_started') return 'its health check cannot be run'
  if (ended.exitCode === 0) return null
  return ended.exitCode === null ? 'its health check was ended' : `its health check ended with ${ended.exitCode}`
}

type AskEndpoint = Pick<AskHealth, 'env' | 'signal'> & { readonly timeoutMs: number; readonly late: string }

async function askEndpoint(endpoint: string, { env, signal, timeoutMs, late }: AskEndpoint): Promise<string | null> {
  const missing = [...namesIn(endpoint)].filter((name) => !env[name])
  if (missing.length > 0) return `the address of its health check names ${missing.join(' and ')}, which is not set`
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const answer = await fetch(replaceVariables(endpoint, env), { signal: limit })
    await answer.body?.cancel()
    // Services answer 401 or 404 to who has no key: they are there.
    return answer.status < 500 ? null : `its health check answered ${answer.status}`
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError'
      ? late
      : `its health check cannot be reached${codeOf(error)}`
  }
}

/** Why a connection failed, in the word of the system: a message would hold the address, in which there may be a key. */
function codeOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {}
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return typeof code === 'string' ? ` (${code})` : ''
}
