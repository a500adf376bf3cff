import type { CliDeps, Output, ValidatedFile } from './deps.ts'
import { paletteFor } from './view/palette.ts'
import { safeLines } from './view/safe-text.ts'

/** Shows the diagnostics of files, each with its source line, an empty line between them. */
export async function reportDiagnostics(
  deps: CliDeps,
  out: Output,
  files: readonly Pick<ValidatedFile, 'diagnostics' | 'text'>[],
): Promise<void> {
  const { color } = paletteFor(out, deps.env)
  for (const { diagnostics, text } of files) {
    for (const diagnostic of diagnostics) {
      out.write(`${safeLines(await deps.renderDiagnostic(diagnostic, text, { color }), color)}\n\n`)
    }
  }
}
