import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../agents/find-program.ts'
import { compiledLauncher } from '../agents/process/program.ts'
import { configFileName } from '../config/config.ts'
import { type AgentDescription, describeConfig } from '../config/describe.ts'
import { findProjectFolder, stateFolderPath } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { AgentProblem } from '../plan/options.ts'
import { createSandbox } from '../sandbox/sandbox.ts'
import { createClient } from '../surfaces/http/client.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'
import { examine, type DoctorReport } from '../surfaces/doctor/doctor.ts'
import type { Known } from '../surfaces/doctor/facts.ts'
import { agentProblem } from './agents.ts'

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
  const description = describeConfig(config, loaded.origins, env)
  const problemOf = ({ name, type }: AgentDescription): AgentProblem | null =>
    type === 'shell' || type === 'simulated' ? null : agentProblem(name, config, env, { needsKey: true })
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
    ...description,
    agents: description.agents.map((agent) => ({ ...agent, problem: problemOf(agent) })),
    tracesUrl: config.telemetry.enabled ? config.telemetry.tracesUrl : null,
    compiledLauncher: env['ORCHD_LAUNCHER'] === 'perl' ? null : compiledLauncher(),
    sandbox: createSandbox({
      stateFolder,
      inbox: config.inbox,
      configFile: configPath,
      baseEnv: { PATH: env['PATH'] ?? '' },
      find: (name) => findProgram(name, env['PATH']),
      home: homedir(),
    }).availability(),
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
