import type { Instant } from '../base/ids.ts'
import type { Config, HealthCheck } from '../config/config.ts'
import { isOwnWork } from '../run/demand.ts'
import type { RunState } from '../run/state.ts'
import { askHealth, type AskHealth } from './ask-health.ts'

export type Health = { readonly degraded: string | null; readonly down: string | null }

export const wellHealth: Health = { degraded: null, down: null }

/** The checks of a registry, by the agent's name. */
export const healthChecksOf = ({ agents }: Pick<Config, 'agents'>): ReadonlyMap<string, HealthCheck> =>
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

export type HealthOptions = Omit<AskHealth, 'signal'> & {
  /** By the agent's name; who is not in it is never called down. */
  readonly checks: ReadonlyMap<string, HealthCheck>
  /** Whether a run may want the agent now; else it is not asked. */
  readonly isNeeded: (name: string) => boolean
  /** Something is different from before. */
  readonly changed: () => void
  readonly now: () => Instant
}

/** What is known of an agent's health. */
export type HealthState = {
  readonly status: 'healthy' | 'degraded' | 'down'
  /** Why it is not healthy. */
  readonly why: string | null
  /** Since when it has this status. */
  readonly since: Instant
  readonly askedAt: Instant
  /** `null`: not before a run needs it. */
  readonly nextAt: Instant | null
}

export type HealthChecks = {
  readonly of: (name: string) => Health
  /** `null`: it has no check, or was never asked. */
  readonly stateOf: (name: string) => HealthState | null
  /** Asks now, whatever the interval; does nothing for an agent without a check. */
  readonly ask: (name: string) => Promise<void>
  /** Asks each at its interval from now on; who is down is asked ever more rarely. */
  readonly start: () => void
  readonly close: () => Promise<void>
}

type Found = Omit<HealthState, 'nextAt'> & { readonly failures: number; readonly health: Health }

/** Asks agents whether they are well. */
export function createHealthChecks(options: HealthOptions): HealthChecks {
  const { checks, env, baseEnv, isNeeded, changed, now } = options
  const found = new Map<string, Found>()
  const nextAt = new Map<string, Instant>()
  const closing = new AbortController()
  let watching: Promise<unknown> = Promise.resolve()
  const ask = async (name: string): Promise<void> => {
    const check = checks.get(name)
    const problem = check === undefined ? null : await askHealth(check, { env, baseEnv, signal: closing.signal })
    if (check === undefined || closing.signal.aborted) return
    const before = found.get(name)
    const after = foundAfter(before, problem, now())
    found.set(name, after)
    const was = before?.health ?? wellHealth
    if (was.degraded !== after.health.degraded || was.down !== after.health.down) changed()
  }
  const watch = async (name: string, { intervalMs }: HealthCheck): Promise<void> => {
    while (!closing.signal.aborted) {
      const needed = isNeeded(name)
      if (needed) await ask(name)
      const ms = needed ? nextInMs(intervalMs, found.get(name)?.failures ?? 0) : intervalMs
      nextAt.set(name, now() + ms)
      await pause(ms, closing.signal)
    }
  }
  return {
    of: (name) => found.get(name)?.health ?? wellHealth,
    stateOf: (name) => {
      const state = found.get(name)
      if (state === undefined) return null
      const { status, why, since, askedAt } = state
      return { status, why, since, askedAt, nextAt: isNeeded(name) ? (nextAt.get(name) ?? null) : null }
    },
    ask,
    start: () => (watching = Promise.all(Array.from(checks, ([name, check]) => watch(name, check)))),
    close: async () => {
      closing.abort()
      await watching
    },
  }
}

function foundAfter(before: Found | undefined, why: string | null, askedAt: Instant): Found {
  const failures = why === null ? 0 : (before?.failures ?? 0) + 1
  const status = why === null ? 'healthy' : failures < failuresUntilDown ? 'degraded' : 'down'
  const since = before?.status === status ? before.since : askedAt
  const health = { degraded: status === 'degraded' ? why : null, down: status === 'down' ? why : null }
  return { status, why, since, askedAt, failures, health }
}

/** Doubled with each failure of one that is down, up to ten minutes, if the interval is not longer than that itself. */
export function nextInMs(intervalMs: number, failures: number): number {
  const doublings = Math.max(0, failures - failuresUntilDown + 1)
  return Math.max(intervalMs, Math.min(longestIntervalMs, intervalMs * 2 ** Math.min(doublings, 40)))
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
