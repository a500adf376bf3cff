import { execa, parseCommandString } from 'execa'
import type { Config, HealthCheck } from '../config/config.ts'
import { formatDuration } from '../base/duration.ts'
import { isOwnWork } from '../run/demand.ts'
import type { RunState } from '../run/state.ts'

export type Health = { readonly degraded: string | null; readonly down: string | null }

export const wellHealth: Health = { degraded: null, down: null }

export const healthChecksOf = ({ agents }: Config): ReadonlyMap<string, HealthCheck> =>
  new Map(
    Array.from(agents.values()).flatMap(({ name, healthCheck: check }) => (check === null ? [] : [[name, check]])),
  )

/** Whether a step that has not ended may go to the agent. */
export function needsAgent(run: RunState, name: string): boolean {
  if (run.simulate !== 'none') return false
  for (let index = 0; index < run.steps.length; index++) {
    const { body, agent, fallback } = run.steps.get(index).spec
    const { status } = run.states.get(index)
    if (status === 'finished' || status === 'dropped' || body.kind === 'run' || isOwnWork(body)) continue
    if (typeof agent !== 'string' || agent === 'auto' || agent.includes('${{')) return true
    if (agent === name || fallback.includes(name)) return true
  }
  return false
}

/** So many failures in a row call an agent down; one says that it is degraded. */
const failuresUntilDown = 3
const longestIntervalMs = 600_000

export type HealthOptions = {
  /** By the agent's name; who is not in it is never called down. */
  readonly checks: ReadonlyMap<string, HealthCheck>
  /** For commands, without secrets. */
  readonly env: { readonly [name: string]: string }
  /** Whether a run may want the agent now; else it is not asked. */
  readonly isNeeded: (name: string) => boolean
  /** Something is different from before. */
  readonly changed: () => void
}

export type HealthChecks = { readonly of: (name: string) => Health; readonly close: () => Promise<void> }

/** Asks agents whether they are well, each at its interval; who is down is asked ever more rarely. */
export function startHealthChecks({ checks, env, isNeeded, changed }: HealthOptions): HealthChecks {
  const found = new Map<string, Health>()
  const closing = new AbortController()
  const watch = async (name: string, check: HealthCheck): Promise<void> => {
    let failures = 0
    while (!closing.signal.aborted) {
      if (isNeeded(name)) {
        const problem = await problemOf(check, env, closing.signal)
        if (closing.signal.aborted) return
        failures = problem === null ? 0 : failures + 1
        const health = healthAfter(failures, problem)
        const before = found.get(name) ?? wellHealth
        found.set(name, health)
        if (before.degraded !== health.degraded || before.down !== health.down) changed()
      }
      await pause(nextInMs(check.intervalMs, failures), closing.signal)
    }
  }
  const watching = Promise.all(Array.from(checks, ([name, check]) => watch(name, check)))
  return {
    of: (name) => found.get(name) ?? wellHealth,
    close: async () => {
      closing.abort()
      await watching
    },
  }
}

function healthAfter(failures: number, problem: string | null): Health {
  if (problem === null) return wellHealth
  return failures < failuresUntilDown ? { degraded: problem, down: null } : { degraded: null, down: problem }
}

/** Doubled with each failure of one that is down, up to ten minutes, if the interval is not longer than that itself. */
export function nextInMs(intervalMs: number, failures: number): number {
  const doublings = Math.max(0, failures - failuresUntilDown + 1)
  return Math.max(intervalMs, Math.min(longestIntervalMs, intervalMs * 2 ** Math.min(doublings, 40)))
}

/** Why an agent is not well, without what it printed; `null` when it is. */
async function problemOf(check: HealthCheck, env: HealthOptions['env'], signal: AbortSignal): Promise<string | null> {
  const { endpoint, command, timeoutMs } = check
  const late = `no answer to its health check within ${formatDuration(timeoutMs)}`
  if (endpoint !== null) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const answer = await fetch(endpoint, { signal: limit })
      await answer.body?.cancel()
      // Services answer 401 or 404 to who has no key: they are there.
      return answer.status < 500 ? null : `its health check answered ${answer.status}`
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? late : 'its health check cannot be reached'
    }
  }
  const [program = '', ...words] = parseCommandString(command ?? '')
  const { timedOut, exitCode, failed } = await execa(program, words, {
    env,
    extendEnv: false,
    stdio: 'ignore',
    timeout: timeoutMs,
    forceKillAfterDelay: 500,
    cancelSignal: signal,
    reject: false,
  })
  if (timedOut) return late
  if (!failed) return null
  return exitCode === undefined ? 'its health check cannot be run' : `its health check ended with ${exitCode}`
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1))
    signal.addEventListener('abort', end)
  })
}
