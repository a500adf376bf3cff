import { blockText } from './block-text.ts'
import {
  ahead,
  bar,
  colon,
  type Cursor,
  dash,
  enter,
  greater,
  hash,
  here,
  lineFeed,
  nextLine,
  type Position,
  skipIndicator,
  skipSpaces,
  space,
  unsure,
} from './cursor.ts'
import { flowCollection, isFlowStart, isQuote } from './flow.ts'
import { foldedScalar, keyScalar, skipPlain } from './plain.ts'
import { quotedScalar } from './quoted.ts'

/**
 * What starts at the cursor, in a column of its own right of `parent`: a list, a map, or a value. Goes to what follows
 * on a later line.
 */
export function blockNode<T>(c: Cursor<T>, parent: number): T {
  if (isItem(c)) return blockList(c)
  // Over comments and blank lines the yaml package forgets how far a value must be indented.
  const { isAfterGap: isRisky, at } = c
  if (isFlowStart(c) || isBlockText(c)) return isRisky ? unsure() : valueNode(c, parent)
  const column = at - c.lineStart
  const quoted = isQuote(c) ? quotedScalar(c) : null
  const end = quoted === null ? skipPlain(c) : c.at
  skipSpaces(c)
  if (isKeyEnd(c)) return blockMap(c, column, at, quoted ?? keyScalar(c, at, end))
  if (isRisky) unsure()
  const scalar = quoted ?? foldedScalar(c, at, end, parent)
  nextLine(c)
  return scalar
}

const isItem = (c: Position): boolean => here(c) === dash && ahead(c) === space
const isBlockText = (c: Position): boolean => here(c) === bar || here(c) === greater
const isKeyEnd = (c: Position): boolean => here(c) === colon && (ahead(c) === space || ahead(c) === lineFeed)

function blockList<T>(c: Cursor<T>): T {
  enter(c)
  const start = c.at
  const column = start - c.lineStart
  const base = c.stack.length
  do {
    skipIndicator(c)
    skipSpaces(c)
    if (here(c) === lineFeed || here(c) === hash) unsure()
    c.isAfterGap = false
    c.stack.push(blockNode(c, column))
  } while (c.indent === column && isItem(c))
  if (c.indent > column) unsure()
  c.depth--
  return c.make.list(start, start, false, c.stack.splice(base))
}

/** A map whose first key was read: the cursor is at its ":". */
function blockMap<T>(c: Cursor<T>, column: number, start: number, firstKey: T): T {
  enter(c)
  const base = c.stack.length
  c.stack.push(firstKey, entryValue(c, column))
  while (c.indent === column) c.stack.push(nextKey(c), entryValue(c, column))
  if (c.indent > column) unsure()
  c.depth--
  return c.make.map(start, start, false, c.stack.splice(base))
}

function nextKey<T>(c: Cursor<T>): T {
  const start = c.at
  const quoted = isQuote(c) ? quotedScalar(c) : null
  const end = quoted === null ? skipPlain(c) : c.at
  skipSpaces(c)
  if (!isKeyEnd(c)) unsure()
  return quoted ?? keyScalar(c, start, end)
}

/** What stands behind the ":" of a map in `column`: on its line, or on later ones. */
function entryValue<T>(c: Cursor<T>, column: number): T {
  skipIndicator(c)
  skipSpaces(c)
  if (here(c) !== lineFeed && here(c) !== hash) return valueNode(c, column)
  const { at } = c
  nextLine(c)
  if (c.indent > column) return blockNode(c, column)
  if (c.indent === column && isItem(c)) return blockList(c)
  return c.make.scalar(at, at, null, '', true)
}

/** A value that is no list or map in block style. Goes to what follows on a later line. */
export function valueNode<T>(c: Cursor<T>, parent: number): T {
  if (isBlockText(c)) return blockText(c, parent)
  const made = isFlowStart(c) ? flowCollection(c, parent) : isQuote(c) ? quotedScalar(c) : plainValue(c, parent)
  nextLine(c)
  return made
}

function plainValue<T>(c: Cursor<T>, parent: number): T {
  const start = c.at
  const end = skipPlain(c)
  if (here(c) === colon) unsure()
  return foldedScalar(c, start, end, parent)
}
