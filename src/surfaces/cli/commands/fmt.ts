import { resolve } from 'node:path'
import type { Diagnostic } from '../../../base/diagnostic.ts'
import { errorCatalogue, OrchdError } from '../../../base/errors.ts'
import { planMaxBytes } from '../../../plan/characters.ts'
import { decodePlan } from '../../../plan/decode.ts'
import { formatPlan } from '../../../plan/format.ts'
import type { CliDeps } from '../deps.ts'
import { reportDiagnostics } from '../diagnostics.ts'
import { exitCodes } from '../exit-code.ts'
import { readFileAtMost } from '../read-file.ts'
import { replaceFile } from '../replace-file.ts'

export type FmtOptions = { readonly check: boolean; readonly diff: boolean; readonly json: boolean }

type Formatted = {
  readonly path: string
  /** As diagnostics name it. */
  readonly file: string
  readonly text: string
  /** `null`: it cannot be formatted, and the diagnostics say why. */
  readonly formatted: string | null
  readonly diagnostics: readonly Diagnostic[]
  /** Exit code of a file that cannot be formatted. */
  readonly code: number
}

/**
 * `orchd fmt FILE...`: plan files in the one style, in place; `-` from standard input to standard output. Exit 1 when
 * `--check` finds one that is not, 2 when one cannot be read as YAML: that one is left as it is.
 */
export async function fmt(deps: CliDeps, paths: readonly string[], options: FmtOptions): Promise<number> {
  const isStdin = paths.includes('-')
  if (isStdin && paths.length > 1) {
    throw new OrchdError('USAGE', 'standard input goes to standard output, and files to themselves', {
      help: 'format them apart: orchd fmt - and orchd fmt FILE...',
    })
  }
  const onlyLooks = options.check || options.diff
  const results = paths.map((path) => {
    const result = format(path, deps.cwd)
    return onlyLooks || isStdin || !isChanged(result) ? result : written(result, deps.cwd)
  })
  await tell(deps, results, options, isStdin)
  const failed = results.map(({ code }) => code).find((code) => code !== exitCodes.ok)
  if (failed !== undefined) return failed
  return options.check && results.some(isChanged) ? exitCodes.failed : exitCodes.ok
}

const isChanged = ({ formatted, text }: Formatted): boolean => formatted !== null && formatted !== text

function format(path: string, cwd: string): Formatted {
  const file = path === '-' ? 'stdin' : path
  const failed = (diagnostics: readonly Diagnostic[], text: string): Formatted => ({
    path,
    file,
    text,
    formatted: null,
    diagnostics,
    code: exitCodes.usage,
  })
  try {
    const bytes = readFileAtMost(path, cwd, planMaxBytes + 1)
    const decoded = decodePlan(bytes, file)
    if (!decoded.ok) return failed([decoded.error], '')
    // What the file has and its text has not: a BOM.
    const text = Buffer.from(bytes).toString('utf8')
    const result = formatPlan(decoded.value, file)
    if (!result.ok) return failed(result.error, decoded.value)
    return { path, file, text, formatted: result.value, diagnostics: [], code: exitCodes.ok }
  } catch (error) {
    return refused(failed([], ''), error)
  }
}

function written(result: Formatted, cwd: string): Formatted {
  try {
    replaceFile(resolve(cwd, result.path), result.formatted ?? '')
    return result
  } catch (error) {
    return refused(result, error)
  }
}

/** One file that cannot be read or written must not keep the others from being formatted. */
function refused(result: Formatted, error: unknown): Formatted {
  if (!(error instanceof OrchdError)) throw error
  const { code, message, help } = error
  const start = { line: 1, column: 1, endLine: 1, endColumn: 1 }
  const diagnostic: Diagnostic = { code, severity: 'error', message, file: result.file, ...start, help }
  return { ...result, formatted: null, diagnostics: [diagnostic], text: '', code: errorCatalogue[code].exit }
}

async function tell(
  deps: CliDeps,
  results: readonly Formatted[],
  options: FmtOptions,
  isStdin: boolean,
): Promise<void> {
  const { stdout } = deps
  if (options.json) {
    const files = results.map((result) => ({
      file: result.file,
      valid: result.formatted !== null,
      changed: isChanged(result),
      ...(isStdin && result.formatted !== null ? { text: result.formatted } : {}),
    }))
    const report = {
      changed: results.some(isChanged),
      files,
      diagnostics: results.flatMap(({ diagnostics }) => diagnostics),
    }
    stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    return
  }
  // Only the file itself is read: no line of a sub-plan is shown.
  const files = results.map((result) => ({ ...result, texts: new Map<string, string>() }))
  await reportDiagnostics(deps, deps.stderr, files)
  const changed = results.filter(isChanged)
  if (options.diff) {
    const { unifiedDiff } = await import('../view/unified-diff.ts')
    for (const { file, text, formatted } of changed) stdout.write(unifiedDiff(file, text, formatted ?? '', deps))
  } else if (isStdin && !options.check) {
    for (const { formatted } of results) stdout.write(formatted ?? '')
    return
  } else for (const { file } of changed) stdout.write(`${file}\n`)
  deps.stderr.write(summary(results, options))
}

function summary(results: readonly Formatted[], { check, diff }: FmtOptions): string {
  const changed = results.filter(isChanged).length
  const failed = results.filter(({ formatted }) => formatted === null).length
  const parts = [
    ...(changed > 0
      ? [
          `${files(changed)} ${check || diff ? 'would change; without --check and --diff they are formatted' : 'formatted'}`,
        ]
      : []),
    ...(failed > 0 ? [`${files(failed)} left alone: see above`] : []),
  ]
  return parts.length > 0 ? `${parts.join('; ')}\n` : `nothing to change in ${files(results.length)}\n`
}

const files = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`
