import type { CliDeps, Output, ValidatedFile } from './deps.ts'
import { paletteFor } from './view/palette.ts'
import { safeLines } from './view/safe-text.ts'

/** Shows the diagnostics of files, each with its source line, an empty line between them. */
export async function reportDiagnostics(
  deps: Pick<CliDeps, 'env' | 'renderDiagnostic'>,
  out: Output,
  files: readonly Pick<ValidatedFile, 'file' | 'diagnostics' | 'text' | 'texts'>[],
): Promise<void> {
  const { color } = paletteFor(out, deps.env)
  for (const { file, diagnostics, text, texts } of files) {
    for (const diagnostic of diagnostics) {
      // A wrong input stands on the command line: no line of the plan belongs to it.
      const source = diagnostic.file === file ? text : (texts.get(diagnostic.file) ?? '')
      out.write(`${safeLines(await deps.renderDiagnostic(diagnostic, source, { color }), color)}\n\n`)
    }
  }
}
