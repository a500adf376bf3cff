import type { Diagnostic } from '../../../base/diagnostic.ts'
import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { paletteFor } from '../view/palette.ts'

type Checked = {
  readonly file: string
  readonly diagnostics: readonly Diagnostic[]
  readonly text: string
  readonly texts: ReadonlyMap<string, string>
  /** Steps of the plan; `null` when it is not valid. */
  readonly steps: number | null
}

/** `orchd validate FILE...`: everything that is wrong with every file, in one go. */
export async function validate(
  deps: CliDeps,
  files: readonly string[],
  { json }: { readonly json: boolean },
): Promise<number> {
  const checked: Checked[] = []
  for (const file of files) checked.push(await check(deps, file))
  const valid = checked.every(({ steps }) => steps !== null)
  if (json) {
    const report = {
      valid,
      diagnostics: checked.flatMap(({ diagnostics }) => diagnostics),
      files: checked.map(({ file, steps }) => ({ file, valid: steps !== null })),
    }
    deps.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  } else {
    await reportDiagnostics(deps, deps.stdout, checked)
    const paint = paletteFor(deps.stdout, deps.env)
    for (const { file, steps, diagnostics } of checked) {
      const verdict = steps === null ? paint.bad('not valid') : paint.good('valid')
      deps.stdout.write(`${file}: ${verdict}${amounts(steps, diagnostics)}\n`)
    }
    if (!valid) deps.stdout.write('orchd explain CODE tells more about a mistake\n')
  }
  return valid ? exitCodes.ok : exitCodes.usage
}

async function check(deps: CliDeps, path: string): Promise<Checked> {
  try {
    const { file, plan, diagnostics, text, texts } = await deps.validateFile(path, {
      forRun: false,
      simulate: 'none',
      inputs: {},
    })
    return { file, diagnostics, text, texts, steps: plan === null ? null : plan.steps.length + plan.finally.length }
  } catch (error) {
    // A file that cannot be read must not keep the others from being checked.
    if (!(error instanceof OrchdError) || (error.code !== 'FILE_UNREADABLE' && error.code !== 'SIZE_LIMIT')) throw error
    const { code, message, help } = error
    const start = { line: 1, column: 1, endLine: 1, endColumn: 1 }
    return {
      file: path,
      diagnostics: [{ code, severity: 'error', message, file: path, ...start, help }],
      text: '',
      texts: new Map(),
      steps: null,
    }
  }
}

function amounts(steps: number | null, diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = [
    ...(steps === null ? [] : [plural(steps, 'step')]),
    ...(errors === 0 ? [] : [plural(errors, 'error')]),
    ...(warnings === 0 ? [] : [plural(warnings, 'warning')]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

const plural = (amount: number, word: string): string => `${amount} ${word}${amount === 1 ? '' : 's'}`
