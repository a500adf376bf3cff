import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import type { Diagnostic } from '../base/diagnostic.ts'
import type { Json } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { planMaxBytes } from '../plan/characters.ts'
import { decodePlan } from '../plan/decode.ts'
import type { PolicyAgent } from '../plan/dispatch-policy.ts'
import { resolveInputs, type InputProblem } from '../plan/inputs.ts'
import { parsePlan } from '../plan/parse.ts'
import { permissionWordsOf } from '../plan/permissions.ts'
import type { PermissionWords } from '../plan/plan.ts'
import type { Simulate } from '../run/event.ts'
import type { ValidatedFile } from '../surfaces/cli/deps.ts'
import { readDescriptor, readFileAtMost } from '../surfaces/cli/read-file.ts'
import { repositoryProblem } from '../workspace/clone/address.ts'
import { sandboxProblem } from './sandbox-problem.ts'
import { agentProblem, tellsCost, type AgentsConfig } from './agents.ts'
import { rosterAgents, wellKnownAgents } from './roster.ts'

export type PlanRequest = {
  readonly bytes: Uint8Array
  /** As diagnostics name it. */
  readonly file: string
  readonly projectFolder: string
  readonly config: AgentsConfig
  /** Where agents are looked for, and their keys. */
  readonly env: { readonly [name: string]: string | undefined }
  /** Whether keys can be looked for in `env`: not when the run will be another process's, which has its own. */
  readonly seesKeys: boolean
  readonly simulate: Simulate
  /** About to run: inputs are checked, and what this build cannot do yet is an error. */
  readonly forRun: boolean
  readonly inputs: { readonly [name: string]: Json }
}

export type CheckedPlan = Omit<ValidatedFile, 'file'>

/** Bytes to a plan that may be submitted, or to everything that is wrong with it. */
export function checkPlan(request: PlanRequest): CheckedPlan {
  const { bytes, file, projectFolder, config, simulate, forRun, env, seesKeys } = request
  const source = { file, sha256: createHash('sha256').update(bytes).digest('hex'), projectFolder }
  const none = { plan: null, inputs: {}, source, texts: new Map<string, string>(), roster: [] }
  const text = decodePlan(bytes, file)
  if (!text.ok) return { ...none, diagnostics: [text.error], text: '' }
  let roster: readonly PolicyAgent[] | null = null
  const { plan, diagnostics, texts } = parsePlan(text.value, file, {
    simulate,
    forRun,
    // A rehearsal needs no registry: any agent's part can be played.
    agents: simulate === 'none' ? knownAgents(config) : null,
    agentProblem: (name, options, permissions) =>
      agentProblem(name, config, env, { needsKey: seesKeys, options, permissions: permissionWordsOf(permissions) }),
    roster: () => (roster ??= [...rosterAgents({ config, env, seesKeys }).values()]),
    ...(simulate === 'none'
      ? {
          agentPermissions: (name) => permissionsOf(name, config),
          tellsCost: (name, model) => tellsCost(name, model, config),
        }
      : {}),
    // Another process, which will run it, may find other programs.
    ...(seesKeys ? { sandboxProblem: () => sandboxProblem(env['PATH']) } : {}),
    sandbox: config.sandbox,
    review: config.review,
    testCommand: config.testCommand,
    repositoryProblem,
    readFile: (path) => readInside(projectFolder, path),
  })
  const read = { ...none, diagnostics, text: text.value, texts, roster: roster ?? [] }
  if (plan === null || !forRun) return { ...read, plan }
  const inputs = resolveInputs(plan, request.inputs)
  if (inputs.ok) return { ...read, plan, inputs: inputs.value }
  return { ...read, diagnostics: [...diagnostics, ...inputs.error.map(inputDiagnostic)] }
}

/** A wrong input stands on the command line or in a query, not in the plan's file. */
const inputDiagnostic = ({ code, input, message, help }: InputProblem): Diagnostic => ({
  code,
  severity: 'error',
  message,
  file: `--input ${input}`,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  ...(help === undefined ? {} : { help }),
})

function permissionsOf(name: string, { agents }: AgentsConfig): PermissionWords | null {
  const permissions = agents.get(name)?.permissions ?? null
  return permissions === null ? null : permissionWordsOf(permissions)
}

const knownAgents = ({ agents }: Pick<AgentsConfig, 'agents'>): ReadonlyMap<string, string> =>
  new Map([...wellKnownAgents, ...agents].map(([name, { type }]) => [name, type]))

/** Reads a file that a plan names: relative to the project folder, and never outside of it, also not through a link. */
function readInside(projectFolder: string, path: string): Result<string, string> {
  try {
    const root = realpathSync(projectFolder)
    const file = realpathSync(resolve(root, path))
    const way = relative(root, file)
    if (way.startsWith('..') || isAbsolute(way)) return err('it lies outside of the project folder')
    const bytes = readRegular(file)
    if (bytes === null) return err('it is not a regular file')
    const text = decodePlan(bytes, path)
    return text.ok ? ok(text.value) : err(text.error.message)
  } catch (error) {
    return err(
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error),
    )
  }
}

/**
 * The bytes of a plan file, or of standard input for `-`: of a file that is too large for a plan, one byte more than it
 * may have, so that what has no end (/dev/zero) is too large as well.
 *
 * @throws OrchdError FILE_UNREADABLE
 */
export const readPlanFile = (path: string, cwd: string): Uint8Array => readFileAtMost(path, cwd, planMaxBytes + 1)

/** Never waits: a fifo in the project folder must not hold up a daemon. */
function readRegular(path: string): Uint8Array | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return fstatSync(file).isFile() ? readDescriptor(file, planMaxBytes + 1) : null
  } finally {
    closeSync(file)
  }
}
