import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OrchdError } from './base/errors.ts'
import { codeCatalogue, renderDiagnostic } from './main/diagnostics.ts'
import type { RequestToCheck } from './main/requests.ts'
import type { CliDeps, ValidatedFile, ValidateOptions } from './surfaces/cli/deps.ts'
import { runCli } from './surfaces/cli/program.ts'

// Each command loads only what it needs: `orchd status` never sees the engine, nor `orchd run` the telemetry SDK.

// `dist/src/main.js` or `src/main.ts`: the package is where its package.json is.
const packageFolder = join(import.meta.dirname, import.meta.filename.endsWith('.js') ? '../..' : '..')
const version = String(JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version)
const { env } = process
const cwd = process.cwd()
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const warn = (error: OrchdError): void => log(`${error.code}  ${error.message}; ${error.help}`)
const context = { cwd, env, version, program: join(packageFolder, 'bin/orchd.js'), warn, log }

const deps: CliDeps = {
  version,
  env,
  cwd,
  packageFolder,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  async connect(options) {
    const { connect } = await import('./main/connect.ts')
    return connect(options, context)
  },
  validateFile: (path, options) => validateFile(path, options),
  async checkRequest(path, options) {
    const { checkRequest } = await import('./main/requests.ts')
    return checkRequest(await fileToCheck(path, options))
  },
  async daemon(options) {
    const { runDaemon } = await import('./main/daemon.ts')
    return runDaemon({ ...options, cwd, env, version, log: (line) => log(`${new Date().toISOString()}  ${line}`) })
  },
  async readable(agent) {
    const { readableLog } = await import('./main/readable-log.ts')
    return readableLog(agent, { cwd, env })
  },
  async readySession(agent, session) {
    const { readySession } = await import('./main/resume.ts')
    return readySession(agent, session, { cwd, env })
  },
  async agents(query) {
    const { agentsSeen } = await import('./main/agents-seen.ts')
    return agentsSeen(query, context)
  },
  async doctor(options) {
    const { doctor } = await import('./main/doctor.ts')
    return doctor({ ...options, cwd, env, version, packageFolder })
  },
  names(options) {
    const names = import('./main/names.ts').then(({ createNames }) => createNames({ ...options, cwd, env, version }))
    return {
      runs: async () => (await names).runs(),
      steps: async (run) => (await names).steps(run),
      agents: async () => (await names).agents(),
      codes: async () => (await names).codes(),
    }
  },
  diagnosticCatalogue: codeCatalogue,
  renderDiagnostic,
}

async function validateFile(path: string, options: ValidateOptions): Promise<ValidatedFile> {
  const { checkPlan } = await import('./main/plans.ts')
  const given = await fileToCheck(path, options)
  return { file: given.file, ...checkPlan({ ...given, inputs: options.inputs }) }
}

async function fileToCheck(path: string, options: Omit<ValidateOptions, 'inputs'>): Promise<RequestToCheck> {
  const { readPlanFile } = await import('./main/plans.ts')
  const { loadSettings } = await import('./main/settings.ts')
  const folder = options.cwd ?? cwd
  const { projectFolder, stateFolder, config } = loadSettings({
    cwd: folder,
    env,
    state: options.state ?? null,
    create: false,
  })
  const bytes = readPlanFile(path, folder)
  const { forRun, simulate } = options
  // A daemon that holds the state folder has keys of its own.
  const seesKeys = !existsSync(join(stateFolder, 'daemon.json'))
  return { file: path === '-' ? 'stdin' : path, bytes, projectFolder, config, simulate, forRun, env, seesKeys }
}

process.exitCode = await runCli(deps, process.argv.slice(2))
