import { createTwoFilesPatch } from 'diff'
import type { CliDeps } from '../deps.ts'
import { type Palette, paletteFor } from './palette.ts'
import { safeLines } from './safe-text.ts'

/** Looking for the smallest difference of two texts that share little takes for ever. */
const longestMs = 3000

/** What changes in a file, as `diff -u` shows it and `patch` takes it. */
export function unifiedDiff(
  file: string,
  before: string,
  after: string,
  { stdout, env }: Pick<CliDeps, 'stdout' | 'env'>,
): string {
  const patch = createTwoFilesPatch(file, file, before, after, 'now', 'formatted', { timeout: longestMs })
  if (patch === undefined) return `${file}: the texts have too little in common to show a difference\n`
  const paint = paletteFor(stdout, env)
  const lines = patch.slice(patch.indexOf('--- ')).split('\n') // without the library's own heading
  return lines.map((line) => painted(paint.color ? safeLines(line, false) : line, paint)).join('\n')
}

function painted(line: string, paint: Palette): string {
  if (line.startsWith('@@')) return paint.busy(line)
  if (line.startsWith('+++') || line.startsWith('---')) return paint.strong(line)
  return line.startsWith('+') ? paint.good(line) : line.startsWith('-') ? paint.bad(line) : line
}
