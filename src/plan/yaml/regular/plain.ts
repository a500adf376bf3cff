import { coreValue } from './core-value.ts'
import {
  ahead,
  closeBrace,
  closeBracket,
  colon,
  comma,
  countPart,
  type Cursor,
  dash,
  dot,
  hash,
  here,
  lineFeed,
  openBrace,
  openBracket,
  type Position,
  skipSpaces,
  space,
  tab,
  unsure,
} from './cursor.ts'

/** Characters that mean something else at the start of a text, or that may not stand there. */
const indicators: ReadonlySet<number> = new Set(Array.from('-?:,[]{}#&*!|>\'"%@`\t\n ', (char) => char.charCodeAt(0)))

/** Goes behind a text without quotes, on one line of a block; returns where it ends. */
export function skipPlain(c: Position): number {
  checkStart(c)
  const { text } = c
  let { at } = c
  let end = at
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (code > colon) end = at + 1
    else if (code === lineFeed || (code === colon && isWhite(text.charCodeAt(at + 1)))) break
    else if (code === space) {
      if (text.charCodeAt(at + 1) === hash) break
    } else if (code === tab) unsure()
    else end = at + 1
  }
  c.at = at
  return end
}

/** The same within `[ ]` or `{ }`, where more ends it. */
export function skipFlowPlain(c: Position): number {
  checkStart(c)
  const { text } = c
  let { at } = c
  let end = at
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (code === comma || code === lineFeed || isBracket(code)) break
    if (code === colon && (isWhite(text.charCodeAt(at + 1)) || isFlowIndicator(text.charCodeAt(at + 1)))) break
    if (code === space) {
      if (text.charCodeAt(at + 1) === hash) break
    } else if (code === tab) unsure()
    else end = at + 1
  }
  c.at = at
  return end
}

/** A "-" may start a text when it is not alone; where a line starts, it may be the mark of a document. */
function checkStart(c: Position): void {
  if (c.at >= c.text.length) unsure()
  const code = here(c)
  const isText = code === dash ? ahead(c) === dash || !indicators.has(ahead(c)) : !indicators.has(code)
  if (!isText || (c.at === c.lineStart && (code === dash || code === dot))) unsure()
}

const isWhite = (code: number): boolean => code === space || code === lineFeed || code === tab
const isBracket = (code: number): boolean =>
  code === closeBracket || code === closeBrace || code === openBracket || code === openBrace
const isFlowIndicator = (code: number): boolean => code === comma || isBracket(code)

export function plainScalar<T>(c: Cursor<T>, start: number, end: number): T {
  countPart(c, start)
  const source = c.text.slice(start, end)
  return c.make.scalar(start, end, coreValue(source), source, true)
}

/** Longer keys are an error of YAML's, at 1024 characters. */
const longestKey = 1000

/** A key is text, whatever it looks like. */
export function keyScalar<T>(c: Cursor<T>, start: number, end: number): T {
  if (end - start > longestKey) unsure()
  countPart(c, start)
  const source = c.text.slice(start, end)
  return c.make.scalar(start, end, source, source, true)
}

/** The scalar of a text that may go on in lines which are indented more than `parent`. */
export function foldedScalar<T>(c: Cursor<T>, start: number, firstEnd: number, parent: number): T {
  let breaks = breaksBefore(c, parent)
  if (breaks === 0) return plainScalar(c, start, firstEnd)
  let end = firstEnd
  let source = c.text.slice(start, end)
  for (; breaks > 0; breaks = breaksBefore(c, parent)) {
    const { at } = c
    end = skipPlain(c)
    if (here(c) === colon) unsure()
    // A line break is a space; further empty lines are line breaks.
    source += (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + c.text.slice(at, end)
  }
  countPart(c, start)
  return c.make.scalar(start, end, coreValue(source), source, true)
}

/** Goes to the next line of a text, when it has one; returns how many line breaks lie before it, else 0. */
function breaksBefore(c: Position, parent: number): number {
  const { text } = c
  skipSpaces(c)
  let { at, lineStart } = c
  let breaks = 0
  while (text.charCodeAt(at) === lineFeed && at + 1 < text.length) {
    breaks++
    lineStart = ++at
    while (text.charCodeAt(at) === space) at++
  }
  const code = text.charCodeAt(at)
  if (code === lineFeed || code === hash || at - lineStart <= parent) return 0
  c.at = at
  c.lineStart = lineStart
  return breaks
}
