import { blockNode, valueNode } from './block.ts'
import { type Cursor, nextLine, toLine, TooMany, Unsure, unsure } from './cursor.ts'
import { isFlowStart } from './flow.ts'
import type { Maker } from './maker.ts'

/** What was made of a text; that it has too many parts, from where on; or that it is for the full parser. */
export type Reading<T> =
  | { readonly kind: 'regular'; readonly made: T }
  | { readonly kind: 'too large'; readonly at: number }
  | { readonly kind: 'unsure' }

/**
 * Reads the YAML that people and programs write: lists and maps in block style, in flow style, scalars of every kind,
 * comments. About twenty times as fast as the yaml package, and of one mind with it: whatever is unusual, wrong, or not
 * certain to mean the same there, is left to it.
 *
 * @param text without a byte order mark
 */
export function readRegular<T>(text: string, make: Maker<T>): Reading<T> {
  if (text.includes('\r') || text.includes('\uFEFF') || text.endsWith(' ') || !text.isWellFormed())
    return { kind: 'unsure' }
  const ended = text.endsWith('\n') ? text : `${text}\n`
  const start = { at: 0, lineStart: 0, indent: 0, isAfterGap: false, parts: 0, depth: 0 }
  try {
    return { kind: 'regular', made: readDocument({ text: ended, length: text.length, make, stack: [], ...start }) }
  } catch (error) {
    if (error instanceof Unsure) return { kind: 'unsure' }
    if (error instanceof TooMany) return { kind: 'too large', at: error.at }
    throw error
  }
}

function readDocument<T>(c: Cursor<T>): T {
  toLine(c, 0)
  if (c.indent === 0 && c.text.startsWith('---\n', c.at)) {
    c.at += 3
    nextLine(c)
  }
  if (c.indent === -1) unsure()
  // A text that is nothing but a scalar is not worth reading here.
  c.isAfterGap = true
  const made = isFlowStart(c) ? valueNode(c, -1) : blockNode(c, -1)
  if (c.indent !== -1) unsure()
  return made
}
