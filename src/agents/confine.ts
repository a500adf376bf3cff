import { appendFileSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { Cause } from '../base/cause.ts'
import type { Permissions } from '../plan/plan.ts'
import type { Attempt } from '../ports/agent.ts'
import { type Confined, type Sandbox, type SandboxRequest, setupFailedMark } from '../ports/sandbox.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { oneLine } from './last-line.ts'
import type { ProcessSpec } from './process/attempts.ts'
import { longestMessage } from '../run/attempt-result.ts'

/** In the attempt's folder: a symbolic link to why it runs without the sandbox that its step prefers. */
const missingMark = 'sandbox.missing'

export type Around = {
  /** PATH of the step. */
  readonly path: string
  /** What steps get of the holder's environment when nothing confines them. */
  readonly baseEnv: { readonly [name: string]: string }
  readonly sandbox: Sandbox | undefined
}

/**
 * The process of an attempt under the sandbox that its step asks for, with its whole environment. An error says why
 * there is none, for a step that requires one. A step that prefers one runs without, which is noted in its folder and
 * in the first line of its log. A step that asks for nothing stays as it is.
 */
export function confine(attempt: Attempt, spec: ProcessSpec, around: Around): Result<ProcessSpec, string> {
  const { confinement } = attempt.spec
  if (confinement === undefined) return ok(spec)
  const { path, baseEnv, sandbox } = around
  const confined = confineCommand(attempt, sandbox, {
    command: spec.shell,
    permissions: confinement.permissions,
    path,
    env: spec.env,
  })
  if (!confined.ok) return confined
  if (confined.value === null) return ok({ ...spec, env: { ...baseEnv, ...spec.env } })
  return ok({ ...spec, direct: [], shell: confined.value.argv, env: confined.value.env })
}

/** What is to run confined for an attempt, and what it sees beside the folder of the work. */
export type Command = {
  /**
   * With an absolute path first. Empty: then what comes back is the beginning of a command line, and any command with an
   * absolute path may follow it.
   */
  readonly command: readonly string[]
  readonly permissions: Permissions
  readonly path: string
  readonly env: { readonly [name: string]: string | null }
  readonly readOnly?: readonly string[]
  readonly writable?: readonly string[]
  readonly wished?: SandboxRequest['wished']
}

/**
 * The command line and the whole environment that confine a command of an attempt as its step asks. `null`: it runs
 * unconfined, because the step says so, or prefers a sandbox and none starts here (which is noted in the attempt's
 * folder). An error: it must not run.
 *
 * A program of ours that stays outside and starts commands for the attempt (a driver) gets what comes back for an empty
 * `command` as its own arguments and environment (`cli/launching.ts` does so for an agent without a command), and starts:
 *
 *     const prefix = process.argv.slice(2) // empty: unconfined
 *     spawn(prefix[0], [...prefix.slice(1), '/bin/sh', '-c', command], { env: confinedEnvironment(process.env) })
 *
 * `argv` holds no secret; the environment holds what is meant for inside under other names (`ORCHD_INNER_*`), and nothing
 * else may be added to it, since the outermost process is not confined.
 * Several commands may run at once. Each begins in the attempt's `workingDirectory` (its empty home when
 * `file_system` is `none`), and its exit code is the command's, or 128 + the number of a signal. TERM to the process lets
 * the command tidy up, KILL ends it with all that it started.
 */
export function confineCommand(
  attempt: Attempt,
  sandbox: Sandbox | undefined,
  { readOnly = [], writable = [], wished = { readOnly: [], writable: [] }, ...command }: Command,
): Result<Confined | null, string> {
  const { spec, folder, root, workingDirectory, sharedObjects, reads } = attempt
  if (spec.confinement === undefined) return ok(null)
  const confined =
    sandbox?.wrap({
      ...command,
      folder,
      root,
      workingDirectory,
      sharedObjects,
      readOnly: [...reads, ...readOnly],
      writable,
      wished,
    }) ?? err('this holder has none')
  if (!confined.ok && spec.confinement.sandbox === 'required') return err(`no sandbox: ${confined.error}`)
  const noted = note(folder, confined.ok ? null : confined.error)
  if (!noted.ok) return noted
  return ok(confined.ok ? confined.value : null)
}

/** Of a driver's environment what it has to hand on, and nothing else, to the commands that it confines. */
export const confinedEnvironment = (env: { readonly [name: string]: string | undefined }): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && /^ORCHD_(?:INNER_.+|ATTEMPT_KEY)$/.test(name) ? [[name, value]] : [],
    ),
  )

/** A step that runs unconfined without a word of it anywhere would be worse than one that does not run. */
function note(folder: string, missing: string | null): Result<null, string> {
  const mark = join(folder, missingMark)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    rmSync(mark, { force: true })
    if (missing === null) return ok(null)
    symlinkSync(oneLine(missing, longestMessage), mark)
    appendFileSync(join(folder, 'output.raw'), `orchd: this step runs without a sandbox: ${missing}\n`, { mode: 0o600 })
    return ok(null)
  } catch (error) {
    return err(`cannot write to ${folder}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What becomes of an attempt whose command never began: a shell tells no more, and an agent has told nothing. */
const neverBegan: ReadonlySet<Cause | null> = new Set(['exit_nonzero', 'agent_error', 'crashed'])

/** The result of an attempt with what became of its sandbox; whoever started it, its folder tells. */
export function withSandbox(attempt: Attempt, result: AttemptResult): AttemptResult {
  if (attempt.spec.confinement === undefined) return result
  const missing = linkIn(attempt.folder, missingMark)
  if (missing !== null) {
    const message = [`ran without a sandbox: ${missing}`, result.message].filter((part) => part !== null).join('; ')
    return { ...result, sandbox: 'missing', message: oneLine(message, longestMessage) }
  }
  if (neverBegan.has(result.cause) && linkIn(attempt.folder, setupFailedMark) !== null) {
    const said = result.message?.replace(/^exit code \d+(?:: )?/, '') ?? ''
    const message = `the sandbox could not be set up${said === '' ? '' : `: ${said}`}`
    return { ...result, outcome: 'error', cause: 'sandbox_unavailable', message }
  }
  return { ...result, sandbox: 'enforced' }
}

function linkIn(folder: string, name: string): string | null {
  try {
    return readlinkSync(join(folder, name))
  } catch {
    return null // nothing of the kind happened
  }
}
