import {
  countPart,
  type Cursor,
  hash,
  here,
  lineFeed,
  type Position,
  skipComment,
  skipSpaces,
  space,
  tab,
  toLine,
  unsure,
} from './cursor.ts'

type Header = {
  readonly isFolded: boolean
  /** What becomes of the line breaks at the end: one stays, none (`-`), or all (`+`). */
  readonly chomp: '' | '-' | '+'
  /** How much more than its parent the text is indented; 0: as its first line says. */
  readonly indent: number
}

type Body = {
  /** Without their indentation. */
  readonly lines: readonly string[]
  /** How many blank lines follow. */
  readonly blanks: number
  /** Behind the last line that is not blank, and where the line starts that no longer belongs to the text. */
  readonly end: number
  readonly next: number
}

/** The scalar of `|` or `>`, of lines that are indented more than `parent`. Goes to the line behind it. */
export function blockText<T>(c: Cursor<T>, parent: number): T {
  const start = c.at
  countPart(c, start)
  const header = readHeader(c)
  const { lines, blanks, end, next } = readBody(c, parent, header)
  const text = header.isFolded ? folded(lines) : lines.join('\n')
  const value = text + (header.chomp === '-' ? '' : '\n'.repeat(header.chomp === '+' ? blanks + 1 : 1))
  toLine(c, next)
  return c.make.scalar(start, Math.min(header.chomp === '+' ? next : end, c.length), value, value, false)
}

const headerPattern = /([|>])(?:([-+]?)([1-9]?)|([1-9])([-+]))(?=[ \n])/y

function readHeader(c: Position): Header {
  headerPattern.lastIndex = c.at
  const match = headerPattern.exec(c.text)
  if (match === null) return unsure()
  const [whole, mode, chomp, indent, indentFirst, chompLast] = match
  c.at += whole.length
  skipSpaces(c)
  if (here(c) === hash) skipComment(c)
  if (here(c) !== lineFeed) unsure()
  const sign = chompLast ?? chomp
  return {
    isFolded: mode === '>',
    chomp: sign === '-' || sign === '+' ? sign : '',
    indent: Number(indentFirst ?? indent),
  }
}

function readBody(c: Position, parent: number, header: Header): Body {
  const { text } = c
  const lines: string[] = []
  let indent = header.indent === 0 ? -1 : parent + header.indent
  let widestBlank = 0
  let blanks = 0
  let end = 0
  let next = c.at + 1
  while (next < text.length) {
    let at = next
    while (text.charCodeAt(at) === space) at++
    const width = at - next
    if (text.charCodeAt(at) === lineFeed) {
      widestBlank = Math.max(widestBlank, width)
      blanks++
      next = at + 1
      continue
    }
    if (indent === -1) indent = width
    if (width < indent || width <= parent) {
      if (text.charCodeAt(at) === tab) unsure()
      break
    }
    for (; blanks > 0; blanks--) lines.push('')
    const lineEnd = text.indexOf('\n', at)
    lines.push(text.slice(next + indent, lineEnd))
    end = next = lineEnd + 1
  }
  // Blank lines with more in them than the indentation hold text, or are wrong.
  if (end === 0 || widestBlank > indent) unsure()
  return { lines, blanks, end, next }
}

/** A line break becomes a space; further empty lines are line breaks. */
function folded(lines: readonly string[]): string {
  let text = ''
  let breaks = 0
  for (const line of lines) {
    // Lines that are indented more keep the line breaks around them.
    if (line.startsWith(' ') || line.startsWith('\t')) unsure()
    if (line === '') breaks++
    else {
      text += breaks > 0 ? '\n'.repeat(breaks) + line : text === '' ? line : ` ${line}`
      breaks = 0
    }
  }
  return text
}
