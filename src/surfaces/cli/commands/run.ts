import type { Simulate } from '../../../run/event.ts'
import { OrchdError } from '../../../base/errors.ts'
import type { Diagnostic } from '../../../base/diagnostic.ts'
import { shellWord } from '../../../base/shell-word.ts'
import type { Plan } from '../../../plan/plan.ts'
import type { Submission } from '../../../ports/engine.ts'
import type { CliDeps, ValidatedFile } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { conclude, holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { watchRun } from '../follow/watch-run.ts'
import { safeLine } from '../view/safe-text.ts'
import { refusedPlace } from '../refused-place.ts'
import { withInputFiles } from '../input-files.ts'

export type RunOptions = {
  readonly input: { readonly [name: string]: string }
  /** Inputs whose values are in files, by name. */
  readonly inputFile: { readonly [name: string]: string }
  readonly detach: boolean
  readonly wait: boolean
  readonly simulate: Simulate
  readonly priority: number | null
  readonly json: boolean
  readonly state: string | null
  /** Where the plan's project folder is looked for, when that is not the current folder. */
  readonly cwd?: string
}

/** `orchd run FILE`. */
export async function run(deps: CliDeps, file: string, options: RunOptions): Promise<number> {
  const { json, simulate } = options
  const place = options.cwd === undefined ? {} : { cwd: options.cwd }
  const inputs = withInputFiles(options.input, options.inputFile, file, options.cwd ?? deps.cwd)
  const checked = await deps.validateFile(file, { ...place, forRun: true, simulate, state: options.state, inputs })
  await reportDiagnostics(deps, deps.stderr, [checked])
  return checked.plan === null ? refuse(deps, 'run', checked, json) : runChecked(deps, checked, checked.plan, options)
}

/** Runs a plan that was checked, and whose warnings were told; `requestId`: that of the request that it was made of. */
export async function runChecked(
  deps: CliDeps,
  checked: ValidatedFile,
  plan: Plan,
  options: Omit<RunOptions, 'input' | 'inputFile'>,
  requestId: string | null = null,
): Promise<number> {
  const { json, simulate } = options
  const place = options.cwd === undefined ? {} : { cwd: options.cwd }
  const connect = { ...place, state: options.state, mayHold: !options.detach, detach: options.detach }
  await using session = await Session.open(deps, connect)
  const submission: Submission = {
    plan: options.priority === null ? plan : { ...plan, priority: options.priority },
    inputs: checked.inputs,
    source: checked.source,
    simulate,
    path: deps.env['PATH'] ?? null,
    requestId,
    // A rehearsal is not what was asked for.
    key: requestId === null || simulate !== 'none' ? null : `request:${requestId}`,
  }
  const submitted = await session.submit(submission).catch((error: unknown) => tellPlace(deps, checked, error, json))
  if (submitted === null) return exitCodes.usage
  const { run_id: id, created } = submitted
  if (!created && requestId !== null)
    deps.stderr.write(
      `note: request "${safeLine(requestId, 80)}" is run ${id} already; another request_id starts anew\n`,
    )
  if (plan.context !== null && simulate !== 'all') {
    const { notes } = await session.client.run(id)
    for (const note of notes) deps.stderr.write(`note: ${safeLine(note)}\n`)
  }
  if (options.detach) {
    deps.stdout.write(json ? `${JSON.stringify({ run_id: id })}\n` : `${id}\n`)
    if (!json) deps.stderr.write(`runs in the background\n  orchd status ${id}\n  orchd logs -f ${id}\n`)
    return exitCodes.ok
  }
  const watched = await watchRun(deps, session, id, { json, noWait: !options.wait, fromStart: true })
  const code = await conclude(deps, session, watched, { json })
  if (watched.stopped === null) await holdOn(deps, session)
  return code
}

/** Tells what the holder refuses at its place in the plan. @throws the error itself where it has none there */
async function tellPlace(deps: CliDeps, checked: ValidatedFile, error: unknown, json: boolean): Promise<null> {
  const diagnostic = error instanceof OrchdError ? refusedPlace(error, checked) : null
  if (diagnostic === null) throw error
  await reportDiagnostics(deps, deps.stderr, [{ ...checked, diagnostics: [diagnostic] }])
  const { code, message, help } = diagnostic
  if (json) deps.stdout.write(`${JSON.stringify({ type: 'error', code, message, help, diagnostics: [diagnostic] })}\n`)
  deps.stderr.write(`"${checked.file}" was not run\n`)
  return null
}

/** Tells that nothing was run, when the mistakes themselves were told. */
export function refuse(
  deps: CliDeps,
  command: 'run' | 'request',
  { file, diagnostics }: ValidatedFile,
  json: boolean,
): number {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const message = `"${file}" was not run: ${countWords(errors)}`
  if (json) {
    const { code, help } = new OrchdError('PLAN_INVALID', message)
    deps.stdout.write(`${JSON.stringify({ type: 'error', code, message, help, diagnostics })}\n`)
  }
  deps.stderr.write(`${message}; orchd explain CODE tells more about one\n`)
  if (errors.every(isOfThisPlace)) {
    deps.stderr.write(
      `  orchd ${command} ${shellWord(file)} --simulate plays it whole: agents and commands are made up\n`,
    )
    deps.stderr.write('  orchd agents shows which agents there are, and what each of them lacks\n')
  }
  return exitCodes.usage
}

/** The plan is right, but lacks agents, or what they need, here. */
const isOfThisPlace = ({ code }: Diagnostic): boolean => code === 'AGENT_UNAVAILABLE'

function countWords(errors: readonly Diagnostic[]): string {
  if (errors.every(isOfThisPlace)) return `${errors.length === 1 ? 'one' : errors.length} of its steps cannot run here`
  return `${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'}`
}
