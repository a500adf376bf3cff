import type { Diagnostic } from '../base/diagnostic.ts'
import { type Cell, cellsOf, visible } from './render/cells.ts'

export type RenderOptions = { readonly color: boolean }

/** Columns that the source line may take; it is cut around the mistake. */
const widest = 100
const margin = '    '

/**
 * A diagnostic as people read it:
 *
 *     plans/release.yaml:14:12  STEP_UNKNOWN  step "deploy" depends on "tset", which is not a step of this plan
 *         needs: [tset]
 *                 ^^^^
 *         help: did you mean "test"?
 *
 * Several lines, without a newline at the end. Whatever the source holds, nothing of it reaches the terminal as a
 * command: control characters are made visible.
 */
export function renderDiagnostic(diagnostic: Diagnostic, source: string, { color }: RenderOptions): string {
  const { file, line, column, code, severity, message, help } = diagnostic
  const paint = color ? painted : (_: keyof typeof codes, text: string): string => text
  const tone = severity === 'error' ? 'red' : 'yellow'
  const place = paint('bold', visible(`${file}:${line}:${column}`))
  const head = `${place}  ${paint(tone, code)}  ${severity === 'warning' ? 'warning: ' : ''}${visible(message)}`
  const lines = [head, ...excerpt(diagnostic, source, (marks) => paint(tone, marks))]
  if (help !== undefined) lines.push(`${margin}${paint('cyan', 'help:')} ${visible(help)}`)
  return lines.join('\n')
}

/** The source line and the marks under the mistake; nothing when the text has no such line. */
function excerpt(
  { line, column, endLine, endColumn }: Diagnostic,
  source: string,
  mark: (marks: string) => string,
): readonly string[] {
  const text = lineOf(source.startsWith('\uFEFF') ? source.slice(1) : source, line)
  if (text === null || text.trim() === '') return []
  const from = column - 1
  const to = Math.max(from + 1, endLine === line ? endColumn - 1 : text.length)
  // A line may have a megabyte: only what can be shown is looked at.
  const near = Math.max(0, from - widest)
  const before = cellsOf(text.slice(near, from))
  const marked = cellsOf(text.slice(from, Math.min(to, from + widest)))
  const after = cellsOf(text.slice(Math.min(to, from + widest), to + widest))

  const lead = near === 0 ? withoutIndent(before) : before
  const markWidth = Math.min(widthOf(marked), widest - 20)
  const isWhole = near === 0 && to + widest >= text.length && widthOf([...lead, ...marked, ...after]) <= widest
  const keptBefore = isWhole ? lead : lastCells(lead, Math.floor((widest - markWidth) / 2))
  const room = widest - widthOf(keptBefore) - markWidth
  const keptMarked = firstCells(marked, markWidth)
  const keptAfter = keptMarked.length < marked.length ? [] : firstCells(after, room)
  const cutBefore = near > 0 || keptBefore.length < lead.length ? '…' : ''
  const cutAfter =
    keptMarked.length < marked.length || keptAfter.length < after.length || to + widest < text.length ? '…' : ''
  const shown = `${cutBefore}${textOf(keptBefore)}${textOf(keptMarked)}${textOf(keptAfter)}${cutAfter}`
  const marks = '^'.repeat(Math.max(1, widthOf(keptMarked)))
  return [`${margin}${shown}`.trimEnd(), `${margin}${' '.repeat(cutBefore.length + widthOf(keptBefore))}${mark(marks)}`]
}

function lineOf(source: string, line: number): string | null {
  let start = 0
  for (let count = 1; count < line; count++) {
    const end = source.indexOf('\n', start)
    if (end === -1) return null
    start = end + 1
  }
  const end = source.indexOf('\n', start)
  const text = source.slice(start, end === -1 ? undefined : end)
  return text.endsWith('\r') ? text.slice(0, -1) : text
}

const widthOf = (cells: readonly Cell[]): number => cells.reduce((sum, { width }) => sum + width, 0)
const textOf = (cells: readonly Cell[]): string => cells.map(({ text }) => text).join('')

function withoutIndent(cells: readonly Cell[]): readonly Cell[] {
  const first = cells.findIndex(({ text }) => text.trim() !== '')
  return first === -1 ? [] : cells.slice(first)
}

function firstCells(cells: readonly Cell[], room: number): readonly Cell[] {
  let left = room
  return cells.slice(0, cells.findIndex(({ width }) => (left -= width) < 0) >>> 0)
}

const lastCells = (cells: readonly Cell[], room: number): readonly Cell[] =>
  firstCells(cells.toReversed(), room).toReversed()

const codes = { bold: 1, red: 31, yellow: 33, cyan: 36 } as const

const painted = (name: keyof typeof codes, text: string): string => `\u001B[${codes[name]}m${text}\u001B[0m`
