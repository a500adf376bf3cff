import type { AgentStatus, Config, Origin, Origins } from './config.ts'
import type { Environment } from './environment.ts'
import { missingVariables, variablesOf } from './interpolate.ts'
import { isSecretName } from './secrets.ts'

/** The configuration as `orchd doctor` shows it: no value of a secret is in it. */
export type Description = {
  readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: string }[]
  readonly agents: readonly AgentDescription[]
  readonly secrets: readonly { readonly name: string; readonly isSet: boolean }[]
}

export type AgentDescription = {
  readonly name: string
  readonly type: string
  readonly status: AgentStatus
  readonly blocker: string | null
  /** Variables that its connection names and the environment does not have. */
  readonly missing: readonly string[]
}

export function describeConfig(config: Config, origins: Origins, env: Environment): Description {
  const values = new Map(Object.entries(shownValues(config)))
  const settings = [...values].map(([name, value]) => ({ name, value, origin: originText(origins.get(name)) }))
  const agents = [...config.agents.values()].map((agent) => {
    const { name, type, status, blocker } = agent
    return { name, type, status, blocker, missing: missingVariables(agent, env) }
  })
  return { settings, agents, secrets: shownSecrets(config, env) }
}

const megabyte = 1024 * 1024

function shownValues(config: Config): { readonly [name: string]: string } {
  const { telemetry } = config
  const headers = Object.keys(telemetry.headers)
  return {
    max_parallel_agents: String(config.maxParallelAgents),
    port: String(config.port),
    inbox: config.inbox,
    drain_timeout: `${config.drainTimeoutMs / 1000}s`,
    enable_cursor_cli: String(config.enableCursorCli),
    codex_sandbox_timeout: `${config.codexSandboxTimeoutMs / 1000}s`,
    trace_logging: String(config.traceLogging),
    writes_outside: config.writesOutside,
    sandbox: config.sandbox,
    test_command: config.testCommand ?? 'none',
    secrets: config.secrets.join(', ') || 'none',
    ...reviewValues(config.review),
    'telemetry.enabled': String(telemetry.enabled),
    'telemetry.endpoint': telemetry.tracesUrl === null ? 'none' : withoutCredentials(telemetry.tracesUrl),
    'telemetry.headers': headers.length === 0 ? 'none' : `${headers.join(', ')} (values not shown)`,
    'github.url': config.github.url,
    'github.api_url': config.github.apiUrl ?? 'by the server',
    'telemetry.jaeger_url': telemetry.jaegerUrl === null ? 'none' : withoutCredentials(telemetry.jaegerUrl),
    'disk.low_mb': String(config.diskLowBytes / megabyte),
    'disk.critical_mb': String(config.diskCriticalBytes / megabyte),
    'budget.max_usd_per_day': config.dailyBudgetUsd === null ? 'none' : String(config.dailyBudgetUsd),
  }
}

function reviewValues({ secrets, protectedFiles, maxChangedFiles, removedTests, approvers, allow }: Config['review']) {
  const files = protectedFiles.map(({ policy, include, exclude }) => {
    const but = exclude.length === 0 ? '' : ` but ${exclude.join(', ')}`
    return `${policy}: ${include.join(', ') || 'none'}${but}`
  })
  return {
    'review.secrets': secrets,
    'review.protected_files': files.join('; '),
    'review.removed_tests': removedTests,
    'review.max_changed_files': maxChangedFiles === null ? 'no limit' : String(maxChangedFiles),
    'review.approvers': approvers === null ? 'everybody' : approvers.join(', '),
    'review.allow': allow.length === 0 ? 'none' : String(allow.length),
  }
}

/** The secrets that somebody here counts on: those that are set, listed, or named by an agent. */
function shownSecrets(config: Config, env: Environment): { readonly name: string; readonly isSet: boolean }[] {
  const known = (name: string): boolean => isSecretName(name, config.secrets)
  const named = [...config.agents.values()].flatMap((agent) => variablesOf(agent)).filter(known)
  const names = new Set([...Object.keys(env).filter(known), ...config.secrets, ...named])
  return [...names].toSorted().map((name) => ({ name, isSet: Boolean(env[name]) }))
}

function originText(origin: Origin | undefined): string {
  if (origin === undefined || origin.from === 'default') return 'default'
  return origin.from === 'environment' ? origin.name : `${origin.file}:${origin.line}`
}

/** An address without user, password and query, in which people put keys. */
function withoutCredentials(address: string): string {
  if (!URL.canParse(address)) return '(not an address)'
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
