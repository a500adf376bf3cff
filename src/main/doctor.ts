import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configFileName, type Config, type Origin } from '../config/config.ts'
import { findProjectFolder, stateFolderPath } from '../config/folders.ts'
import { missingVariables } from '../config/interpolate.ts'
import { loadConfig, type Loaded } from '../config/load.ts'
import { isSecretName } from '../config/secrets.ts'
import { createClient } from '../surfaces/http/client.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'
import { examine, type DoctorReport } from '../surfaces/doctor/doctor.ts'
import type { Known } from '../surfaces/doctor/facts.ts'

type Env = { readonly [name: string]: string | undefined }
export type DoctorOptions = {
  readonly cwd: string
  readonly env: Env
  readonly version: string
  readonly packageFolder: string
  readonly state: string | null
}

/** `orchd doctor`: gathers what is known, and lets the doctor try the rest. Works where nothing else does. */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  const { cwd, env, version, packageFolder, state } = options
  const projectFolder = findProjectFolder(cwd)
  const loaded = loadConfig({ projectFolder, env })
  const { config } = loaded
  const stateFolder = stateFolderPath(projectFolder, state)
  const configPath = join(projectFolder, configFileName)
  const engines = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).engines
  return examine({
    version,
    nodeNeeded: String(engines.node).replace('>=', ''),
    projectFolder,
    path: env['PATH'] ?? '',
    stateFolder,
    inbox: config.inbox,
    holder: await holderOf(stateFolder, version),
    configFile: { path: configPath, isThere: existsSync(configPath) },
    diagnostics: loaded.diagnostics,
    settings: settingsOf(loaded),
    agents: Array.from(config.agents.values(), (agent) => ({ ...agent, missing: missingVariables(agent, env) })),
    secrets: secretsOf(env, config),
    tracesUrl: config.telemetry.enabled ? config.telemetry.tracesUrl : null,
    diskLowBytes: config.diskLowBytes,
    diskCriticalBytes: config.diskCriticalBytes,
  })
}

async function holderOf(stateFolder: string, version: string): Promise<Known['holder']> {
  try {
    return await createClient({ socketPath: socketPathOf(stateFolder), version }).info()
  } catch {
    return null // nobody answers; that is all the doctor wants to know
  }
}

/** Names that are secret here, set or wished for by the configuration; never a value. */
function secretsOf(env: Env, config: Config): Known['secrets'] {
  const wanted = [
    ...config.secrets,
    ...Array.from(config.agents.values()).flatMap((agent) => missingVariables(agent, env)),
  ]
  const present = Object.keys(env).filter((name) => isSecretName(name, config.secrets))
  return [...new Set([...wanted, ...present])].sort().map((name) => ({ name, isSet: (env[name] ?? '') !== '' }))
}

function settingsOf({ config, origins }: Loaded): Known['settings'] {
  const values: Record<string, string | number | boolean | null> = {
    max_parallel_agents: config.maxParallelAgents,
    port: config.port,
    inbox: config.inbox,
    enable_cursor_cli: config.enableCursorCli,
    codex_sandbox_timeout: `${config.codexSandboxTimeoutMs / 1000}s`,
    trace_logging: config.traceLogging,
    drain_timeout: `${config.drainTimeoutMs / 1000}s`,
    sandbox: config.sandbox,
    test_command: config.testCommand,
    'telemetry.endpoint': config.telemetry.tracesUrl,
    'telemetry.jaeger_url': config.telemetry.jaegerUrl,
    'disk.low_mb': Math.round(config.diskLowBytes / 2 ** 20),
    'disk.critical_mb': Math.round(config.diskCriticalBytes / 2 ** 20),
    'budget.daily_usd': config.dailyBudgetUsd,
  }
  return Object.entries(values).map(([name, value]) => ({
    name,
    value: value === null ? '-' : String(value),
    origin: originText(origins.get(name)),
  }))
}

function originText(origin: Origin | undefined): string {
  if (origin === undefined || origin.from === 'default') return 'default'
  return origin.from === 'file' ? `${origin.file}:${origin.line}` : origin.name
}
