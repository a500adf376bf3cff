import { join, resolve } from 'node:path'
import type { Diagnostic } from '../base/diagnostic.ts'
import type { JsonObject } from '../base/json.ts'
import { configuredPolicy } from '../plan/review-policy.ts'
import { rangeOf } from '../plan/source-text.ts'
import { checkSettings } from './check.ts'
import { configFileName, type Config, type Origin, type Origins } from './config.ts'
import { readEnvironment, type Environment, type FromEnvironment } from './environment.ts'
import { readCredentialCaps, readRegistry } from './registry.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'
import { readTelemetry } from './telemetry.ts'
import { booleanIn, durationIn, numberIn, objectIn, oneOf, textIn, textsIn } from './values.ts'

export type LoadOptions = {
  readonly projectFolder: string
  readonly env: Environment
  /** Another file than the project's; it must be there. */
  readonly file?: string
}

export type Loaded = {
  /** Always usable: a setting with a mistake has its default. Whoever starts something looks at the diagnostics first. */
  readonly config: Config
  readonly origins: Origins
  readonly diagnostics: readonly Diagnostic[]
}

const megabyte = 1024 * 1024

/** Reads `orchestrator_config.yaml` and the environment. The environment wins over the file, the file over the default. */
export function loadConfig({ projectFolder, env, file }: LoadOptions): Loaded {
  const path = file === undefined ? join(projectFolder, configFileName) : resolve(projectFolder, file)
  const read = readSettingsFile(path, projectFolder, file !== undefined)
  const inFile = read.document === null ? [] : checkSettings(read.document)
  const mistakes = [...read.diagnostics, ...inFile]
  const isBroken = mistakes.some(({ severity }) => severity === 'error')
  const data = isBroken ? {} : read.data
  const fromEnvironment = readEnvironment(env)
  const { telemetry, variables, diagnostics } = readTelemetry(objectIn(data['telemetry']), env)
  return {
    config: { ...settingsOf(data, fromEnvironment, projectFolder), telemetry },
    origins: originsOf(isBroken ? { ...read, data: {} } : read, fromEnvironment, variables),
    diagnostics: [...mistakes, ...fromEnvironment.diagnostics, ...diagnostics],
  }
}

function settingsOf(data: JsonObject, env: FromEnvironment, projectFolder: string): Omit<Config, 'telemetry'> {
  const disk = objectIn(data['disk'])
  const budget = objectIn(data['budget'])
  const github = objectIn(data['github'])
  const agents = readRegistry(data)
  const codexTimeoutMs = durationIn(data['codex_sandbox_timeout'])
  return {
    maxParallelAgents: env.maxParallelAgents?.value ?? numberIn(data['max_parallel_agents']) ?? 10,
    port: env.port?.value ?? numberIn(data['port']) ?? 8000,
    portIsExplicit: env.port !== null || data['port'] !== undefined,
    enableCursorCli: env.enableCursorCli?.value ?? booleanIn(data['enable_cursor_cli']) ?? false,
    codexSandboxTimeoutMs: env.codexSandboxTimeoutMs?.value ?? codexTimeoutMs ?? 120_000,
    traceLogging: env.traceLogging?.value ?? booleanIn(data['trace_logging']) ?? false,
    secrets: textsIn(data['secrets']),
    inbox: resolve(projectFolder, textIn(data['inbox']) ?? 'inbox'),
    drainTimeoutMs: durationIn(data['drain_timeout']) ?? 10_000,
    diskLowBytes: (numberIn(disk['low_mb']) ?? 512) * megabyte,
    diskCriticalBytes: (numberIn(disk['critical_mb']) ?? 64) * megabyte,
    dailyBudgetUsd: numberIn(budget['max_usd_per_day']),
    github: {
      url: env.githubUrl?.value ?? textIn(github['url']) ?? 'https://github.com',
      apiUrl: env.githubApiUrl?.value ?? textIn(github['api_url']),
    },
    testCommand: textIn(data['test_command']),
    writesOutside: oneOf(['error', 'warning'], data['writes_outside']) ?? 'error',
    sandbox: oneOf(['required', 'preferred', 'off'], data['sandbox']) ?? 'required',
    review: configuredPolicy(objectIn(data['review'])),
    agents,
    credentialCaps: readCredentialCaps(data, agents),
  }
}

/** Every setting, so that `orchd doctor` shows those that nobody set too. */
const settingNames = [
  'max_parallel_agents',
  'port',
  'inbox',
  'drain_timeout',
  'enable_cursor_cli',
  'codex_sandbox_timeout',
  'trace_logging',
  'writes_outside',
  'sandbox',
  'test_command',
  'review.secrets',
  'review.protected_files',
  'review.removed_tests',
  'review.max_changed_files',
  'review.approvers',
  'review.allow',
  'secrets',
  'telemetry.endpoint',
  'telemetry.enabled',
  'telemetry.headers',
  'telemetry.jaeger_url',
  'github.url',
  'github.api_url',
  'disk.low_mb',
  'disk.critical_mb',
  'budget.max_usd_per_day',
]

function originsOf(read: SettingsFile, env: FromEnvironment, telemetry: ReadonlyMap<string, string>): Origins {
  const overrides = {
    max_parallel_agents: env.maxParallelAgents,
    port: env.port,
    enable_cursor_cli: env.enableCursorCli,
    codex_sandbox_timeout: env.codexSandboxTimeoutMs,
    trace_logging: env.traceLogging,
    'github.url': env.githubUrl,
    'github.api_url': env.githubApiUrl,
  }
  const variables = new Map(telemetry)
  for (const [name, override] of Object.entries(overrides))
    if (override !== null) variables.set(name, override.variable)
  const agents = Object.keys(objectIn(read.data['agents'])).map((name) => ['agents', name])
  const paths = [...settingNames.map((name) => name.split('.')), ...agents]
  return new Map(paths.map((path) => [path.join('.'), originOf(path, read, variables)]))
}

function originOf(
  path: readonly string[],
  { data, document }: SettingsFile,
  variables: ReadonlyMap<string, string>,
): Origin {
  const name = variables.get(path.join('.'))
  if (name !== undefined) return { from: 'environment', name }
  const [first = '', second] = path
  const isInFile = second === undefined ? data[first] !== undefined : objectIn(data[first])[second] !== undefined
  if (!isInFile || document === null) return { from: 'default' }
  return { from: 'file', file: document.source.file, line: rangeOf(document.source, document.keySpan(path)).line }
}
