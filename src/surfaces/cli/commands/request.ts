import { resolve } from 'node:path'
import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { paletteFor } from '../view/palette.ts'
import { requestLines } from '../view/request-words.ts'
import { writeText } from '../write-text.ts'
import { refuse, runChecked, type RunOptions } from './run.ts'

export type RequestOptions = Pick<RunOptions, 'detach' | 'wait' | 'simulate' | 'json' | 'state'> & {
  /** Only show the plan (`true` and `-`), or save it in this file; `null`: run it. */
  readonly emitPlan: string | true | null
  /** Whether a file that is there already is overwritten. */
  readonly force: boolean
}

/** `orchd request FILE`: makes a plan of a request, and runs it. */
export async function request(deps: CliDeps, file: string, options: RequestOptions): Promise<number> {
  const { emitPlan, force, simulate, state, json } = options
  if (force && typeof emitPlan !== 'string')
    throw new OrchdError('USAGE', '--force is for a plan that is saved', { help: 'add --emit-plan FILE' })
  const { compiled, ...checked } = await deps.checkRequest(file, { forRun: emitPlan === null, simulate, state })
  await reportDiagnostics(deps, deps.stderr, [checked])
  if (compiled === null || checked.plan === null) return refuse(deps, 'request', checked, json)
  if (emitPlan === true || emitPlan === '-') {
    deps.stdout.write(compiled.planText)
    return exitCodes.ok
  }
  if (emitPlan !== null) {
    writeText(resolve(deps.cwd, emitPlan), compiled.planText, force)
    deps.stderr.write(`${emitPlan} is the plan; orchd run ${emitPlan} runs it\n`)
    return exitCodes.ok
  }
  if (!json) deps.stderr.write(`${requestLines(compiled.analysis, paletteFor(deps.stderr, deps.env)).join('\n')}\n\n`)
  return runChecked(deps, checked, checked.plan, { ...options, priority: null }, compiled.requestId)
}
