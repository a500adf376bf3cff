import {
  apostrophe,
  closeBrace,
  closeBracket,
  colon,
  comma,
  type Cursor,
  dash,
  dot,
  enter,
  hash,
  here,
  lineFeed,
  openBrace,
  openBracket,
  type Position,
  quote,
  skipComment,
  skipIndicator,
  skipSpaces,
  space,
  unsure,
} from './cursor.ts'
import { keyScalar, plainScalar, skipFlowPlain } from './plain.ts'
import { quotedScalar } from './quoted.ts'

/** Whether a list or map in flow style starts at the cursor. */
export const isFlowStart = (c: Position): boolean => here(c) === openBracket || here(c) === openBrace
export const isQuote = (c: Position): boolean => here(c) === quote || here(c) === apostrophe

/**
 * A list in `[ ]` or a map in `{ }`, whose lines are indented more than `parent`. Goes behind its end.
 *
 * @param level how many brackets are open, this one included
 */
export function flowCollection<T>(c: Cursor<T>, parent: number, level = 1): T {
  enter(c)
  const start = c.at
  const isList = here(c) === openBracket
  const close = isList ? closeBracket : closeBrace
  const base = c.stack.length
  skipIndicator(c)
  for (;;) {
    skipGap(c, parent, level)
    if (here(c) === close) break
    if (!isList) c.stack.push(flowKey(c, parent, level))
    c.stack.push(flowNode(c, parent, level))
    skipGap(c, parent, level)
    if (here(c) !== comma) break
    skipIndicator(c)
  }
  if (here(c) !== close) unsure()
  skipIndicator(c)
  c.depth--
  const made = c.stack.splice(base)
  return isList ? c.make.list(start, c.at, true, made) : c.make.map(start, c.at, true, made)
}

/** A key with its ":". Goes to the value. */
function flowKey<T>(c: Cursor<T>, parent: number, level: number): T {
  const start = c.at
  const key = isQuote(c) ? quotedScalar(c) : keyScalar(c, start, skipFlowPlain(c))
  skipSpaces(c)
  if (here(c) !== colon) unsure()
  skipIndicator(c)
  skipGap(c, parent, level)
  return key
}

function flowNode<T>(c: Cursor<T>, parent: number, level: number): T {
  if (isFlowStart(c)) return flowCollection(c, parent, level + 1)
  if (isQuote(c)) return quotedScalar(c)
  const start = c.at
  return plainScalar(c, start, skipFlowPlain(c))
}

/** Goes to the next thing, maybe on another line; the last closing bracket may stand as far left as the parent. */
function skipGap(c: Position, parent: number, level: number): void {
  const { lineStart } = c
  for (;;) {
    const code = here(c)
    if (code === space) c.at++
    else if (code === hash && c.at > c.lineStart) skipComment(c)
    else if (code === lineFeed) c.lineStart = ++c.at
    else break
  }
  if (c.lineStart === lineStart) return
  const column = c.at - c.lineStart
  const isLastClose = level === 1 && (here(c) === closeBracket || here(c) === closeBrace)
  if (column < parent || (column === parent && !isLastClose)) unsure()
  if (column === 0 && (here(c) === dash || here(c) === dot)) unsure()
}
