import { Lexer } from 'yaml'
import { type SourceText, rangeOf } from '../source-text.ts'
import { isBlank, trimmedEnd } from './white-space.ts'

/** A comment and where it stands. */
export type Found = {
  readonly text: string
  readonly start: number
  /** From 1. */
  readonly column: number
  /** Whether nothing else is on its line. */
  readonly isAlone: boolean
  readonly blankAbove: boolean
}

/** Lexemes that say something about what follows and stand for no text of their own: document, end of flow, scalar. */
const marks = new Set(['\u0002', '\u0018', '\u001F'])

/** Every comment of a YAML text, in order. */
export function findComments(source: SourceText): readonly Found[] {
  const found: Found[] = []
  let at = 0
  let isScalar = false
  for (const lexeme of new Lexer().lex(source.text)) {
    if (!isScalar && marks.has(lexeme)) {
      isScalar = lexeme === '\u001F'
      continue
    }
    if (!isScalar && lexeme.startsWith('#')) found.push(foundAt(source, at, trimmedEnd(lexeme)))
    isScalar = false
    at += lexeme.length
  }
  return found
}

function foundAt(source: SourceText, start: number, comment: string): Found {
  const { column } = placeIn(source, start)
  const isAlone = isBlank(source.text.slice(start - column + 1, start))
  return { text: comment, start, column, isAlone, blankAbove: hasBlankAbove(source, start) }
}

/** Line and column of an offset, from 1. */
export const placeIn = (source: SourceText, offset: number): { readonly line: number; readonly column: number } =>
  rangeOf(source, { start: offset, end: offset })

/** Whether the line above that of `offset` is blank. The top of the text has no line above. */
export function hasBlankAbove(source: SourceText, offset: number): boolean {
  const { line } = placeIn(source, offset)
  const above = source.lineStarts[line - 2]
  return above !== undefined && isBlank(source.text.slice(above, source.lineStarts[line - 1]))
}
