import { errorCatalogue, OrchdError } from '../../base/errors.ts'
import { noSpace } from '../../base/no-space.ts'
import type { CliDeps } from './deps.ts'
import { paletteFor } from './view/palette.ts'
import { safeLines } from './view/safe-text.ts'

/** Prints what went wrong and what to do about it, and gives the exit code. With `json` it is data too. */
export function reportError(
  { stdout, stderr, env }: Pick<CliDeps, 'stdout' | 'stderr' | 'env'>,
  error: unknown,
  { json }: { readonly json: boolean },
): number {
  const known = error instanceof OrchdError ? error : (noSpace(error) ?? unexpected(error))
  const { code, message, help } = known
  const paint = paletteFor(stderr, env)
  stderr.write(`${paint.bad('error')} ${code}: ${safeLines(message, false)}\n  ${safeLines(help, false)}\n`)
  if (code === 'INTERNAL' && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`)
  if (json) stdout.write(`${JSON.stringify({ type: 'error', code, message, help })}\n`)
  return errorCatalogue[code].exit
}

const unexpected = (error: unknown): OrchdError =>
  new OrchdError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
