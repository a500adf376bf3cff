import { resolve } from 'node:path'
import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { writeText } from '../write-text.ts'
import { run, type RunOptions } from './run.ts'

export type RequestOptions = Pick<RunOptions, 'detach' | 'wait' | 'simulate' | 'json' | 'state'> & {
  /** Only show the plan, or save it in this file; `null`: run it. */
  readonly emitPlan: string | true | null
}

/** `orchd request FILE`: makes a plan of a request, and runs it. */
export async function request(deps: CliDeps, file: string, options: RequestOptions): Promise<number> {
  const { compiled, ...read } = await deps.readRequest(file)
  await reportDiagnostics(deps, deps.stderr, [read])
  if (compiled === null) {
    const { code, help } = new OrchdError('PLAN_INVALID', `"${read.file}" is no request that could be run`)
    const count = read.diagnostics.filter(({ severity }) => severity === 'error').length
    const message = `"${read.file}" was not run: ${count} ${count === 1 ? 'mistake' : 'mistakes'}`
    if (options.json)
      deps.stdout.write(`${JSON.stringify({ type: 'error', code, message, help, diagnostics: read.diagnostics })}\n`)
    deps.stderr.write(`${message}\n`)
    return exitCodes.usage
  }
  if (options.emitPlan === true) {
    deps.stdout.write(compiled.planText)
    return exitCodes.ok
  }
  if (options.emitPlan !== null) {
    writeText(resolve(deps.cwd, options.emitPlan), compiled.planText)
    deps.stderr.write(`${options.emitPlan} is the plan; orchd run ${options.emitPlan} runs it\n`)
    return exitCodes.ok
  }
  return run(deps, `${read.file} (as a plan)`, {
    ...options,
    input: {},
    inputFile: {},
    priority: null,
    made: { text: compiled.planText, requestId: compiled.requestId },
  })
}
