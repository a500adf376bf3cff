/** A text as lines, with all that a change must leave as it was. */
export type FileLines = {
  readonly lines: readonly Line[]
  /** What a line that is put in ends with: as most of the others do. */
  readonly ending: Ending
  readonly endsWithNewline: boolean
  readonly byteOrderMark: boolean
}

/** `ending` is empty at the last line of a text that ends without one. */
export type Line = { readonly text: string; readonly ending: Ending | '' }
type Ending = '\n' | '\r\n'

const byteOrderMark = '\uFEFF'

/** An empty text counts as one that ends with a line end: so will the lines that it gets. */
export function linesOf(text: string): FileLines {
  const marked = text.startsWith(byteOrderMark)
  const rows = (marked ? text.slice(1) : text).split('\n')
  const last = rows.pop() ?? ''
  const lines: Line[] = rows.map((row) =>
    row.endsWith('\r') ? { text: row.slice(0, -1), ending: '\r\n' } : { text: row, ending: '\n' },
  )
  const carriageReturns = lines.filter(({ ending }) => ending === '\r\n').length
  return {
    lines: last === '' ? lines : [...lines, { text: last, ending: '' }],
    ending: carriageReturns * 2 > lines.length ? '\r\n' : '\n',
    endsWithNewline: last === '',
    byteOrderMark: marked,
  }
}

/** The text again; only the last line may be without its end, and is when the text was so before. */
export function textOf({ lines, ending, endsWithNewline, byteOrderMark: marked }: FileLines): string {
  const rows = lines.map((line, at) => {
    if (at === lines.length - 1 && !endsWithNewline) return line.text
    return line.text + (line.ending === '' ? ending : line.ending)
  })
  return (marked ? byteOrderMark : '') + rows.join('')
}
