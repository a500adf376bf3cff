import { appendFileSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import { type Sandbox, setupFailedMark } from '../ports/sandbox.ts'
import type { AttemptResult } from '../run/event.ts'
import { oneLine } from './last-line.ts'
import type { ProcessSpec } from './process/attempts.ts'
import { longestMessage } from './result.ts'

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
export function confine(
  attempt: Attempt,
  spec: ProcessSpec,
  { path, baseEnv, sandbox }: Around,
): Result<ProcessSpec, string> {
  const { confinement } = attempt.spec
  if (confinement === undefined) return ok(spec)
  const confined =
    sandbox?.wrap({
      permissions: confinement.permissions,
      folder: attempt.folder,
      root: attempt.root,
      workingDirectory: attempt.workingDirectory,
      command: spec.shell,
      path,
      env: spec.env,
      readOnly: attempt.reads,
      writable: [],
    }) ?? err('this holder has none')
  if (!confined.ok && confinement.sandbox === 'required') return err(`no sandbox: ${confined.error}`)
  const noted = note(attempt.folder, confined.ok ? null : confined.error)
  if (!noted.ok) return noted
  if (!confined.ok) return ok({ ...spec, env: { ...baseEnv, ...spec.env } })
  return ok({ ...spec, direct: [], shell: confined.value.argv, env: confined.value.env })
}

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

/** The result of an attempt with what became of its sandbox; whoever started it, its folder tells. */
export function withSandbox(attempt: Attempt, result: AttemptResult): AttemptResult {
  if (attempt.spec.confinement === undefined) return result
  const missing = linkIn(attempt.folder, missingMark)
  if (missing !== null) {
    const message = [`ran without a sandbox: ${missing}`, result.message].filter((part) => part !== null).join('; ')
    return { ...result, sandbox: 'missing', message: oneLine(message, longestMessage) }
  }
  if (result.cause === 'exit_nonzero' && linkIn(attempt.folder, setupFailedMark) !== null) {
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
