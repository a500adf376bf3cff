import type { Diagnostic, Range, Severity } from '../base/diagnostic.ts'
import type { DiagnosticCode } from './codes.ts'

/** A text with a name, in which places can be shown. */
export type SourceText = {
  readonly file: string
  readonly text: string
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[]
}

/** Offsets into a text, in UTF-16 units; the end is exclusive. */
export type Span = { readonly start: number; readonly end: number }

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/** Line and column of a span; an empty one is given the width of one character. */
export function rangeOf(source: SourceText, { start, end }: Span): Range {
  const [line, column] = placeOf(source, start)
  const [endLine, endColumn] = placeOf(source, Math.max(end, start))
  return { line, column, endLine, endColumn: line === endLine && endColumn <= column ? column + 1 : endColumn }
}

/** Takes a mistake. After the first 1,000 errors (and 1,000 warnings) of a text more are not kept. */
export type Report = (code: DiagnosticCode, span: Span, message: string, options?: ReportOptions) => void
export type ReportOptions = { readonly help?: string | undefined; readonly severity?: Severity }

export function reporter(source: SourceText, diagnostics: Diagnostic[]): Report {
  // Each kind has its own count, so that warnings never crowd out an error.
  const counts = { error: 0, warning: 0 }
  return (code, span, message, { help, severity = 'error' } = {}) => {
    if (++counts[severity] > mostDiagnostics) return
    const place = rangeOf(source, span)
    const base = { code, severity, message: cut(message), file: source.file, ...place }
    diagnostics.push(help === undefined ? base : { ...base, help: cut(help) })
  }
}

const mostDiagnostics = 1000
/** A name in a message may be as long as the file. */
const longestMessage = 500
const cut = (text: string): string => (text.length > longestMessage ? `${text.slice(0, longestMessage - 1)}…` : text)

/** In the order of the text; equal places in the order they were found, and each mistake once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const seen = new Set<string>()
  return sorted.filter(({ line, column, code, message }) => {
    const key = `${line}:${column} ${code} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}

function placeOf({ text, lineStarts }: SourceText, offset: number): readonly [number, number] {
  const at = Math.min(Math.max(offset, 0), text.length)
  let low = 0
  let high = lineStarts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (lineStarts[middle]! <= at) low = middle
    else high = middle - 1
  }
  return [low + 1, at - lineStarts[low]! + 1]
}
