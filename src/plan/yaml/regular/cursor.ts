import { maxParts } from '../problem.ts'
import type { Maker } from './maker.ts'

/** Where the reader of regular YAML stands. Its text ends with a line feed, so that no look ahead falls off the end. */
export type Cursor<T> = {
  readonly text: string
  /** The length of the text as it was given: the last line feed may be ours. */
  readonly length: number
  readonly make: Maker<T>
  /** What was made of the lists and maps around the cursor so far. */
  readonly stack: T[]
  at: number
  /** Where the line starts in which the cursor stands. */
  lineStart: number
  /** How many spaces the line starts with; -1 behind the last line with something in it. */
  indent: number
  /** Whether blank lines or comments stand between this line and the one before it that had something in it. */
  isAfterGap: boolean
  /** Scalars and indicators so far. */
  parts: number
  /** How many lists and maps are around the cursor. */
  depth: number
}

/** What moving a cursor takes; nothing is made. */
export type Position = Omit<Cursor<unknown>, 'make' | 'stack'>

/** Thrown where the text is not certain to be regular. Never leaves this folder. */
export class Unsure extends Error {}

export function unsure(): never {
  throw new Unsure()
}

/** Thrown when there is more than a text may hold, and it was regular so far. Never leaves this folder. */
export class TooMany extends Error {
  readonly at: number
  constructor(at: number) {
    super()
    this.at = at
  }
}

/** Counts a scalar or an indicator. */
export function countPart(c: Position, at: number): void {
  if (++c.parts > maxParts) throw new TooMany(at)
}

/** Lists and maps may be nested deeper, but the parser's own count differs by a few from this one. */
const maxDepth = 48

export function enter(c: Position): void {
  if (++c.depth > maxDepth) unsure()
}

export const tab = 9
export const lineFeed = 10
export const space = 32
export const quote = 34
export const hash = 35
export const apostrophe = 39
export const comma = 44
export const dash = 45
export const dot = 46
export const colon = 58
export const bar = 124
export const greater = 62
export const openBracket = 91
export const closeBracket = 93
export const openBrace = 123
export const closeBrace = 125

/** The character at the cursor. */
export const here = (c: Position): number => c.text.charCodeAt(c.at)
/** The one behind it. */
export const ahead = (c: Position): number => c.text.charCodeAt(c.at + 1)

/** Goes behind an indicator. */
export function skipIndicator(c: Position): void {
  countPart(c, c.at)
  c.at++
}

export function skipSpaces(c: Position): void {
  while (here(c) === space) c.at++
}

/** Goes to the end of the line. A `#` begins a comment only behind white space. */
export function skipComment(c: Position): void {
  if (c.at > c.lineStart && c.text.charCodeAt(c.at - 1) !== space) unsure()
  c.at = c.text.indexOf('\n', c.at)
}

/** Goes to what stands first on the next line that is not blank. The rest of this line may be a comment. */
export function nextLine(c: Position): void {
  if (here(c) === space) skipSpaces(c)
  if (here(c) === hash) skipComment(c)
  if (here(c) !== lineFeed) unsure()
  toLine(c, c.at + 1)
}

/** Goes to what stands first on the line that starts at `lineStart`, or on the first after it that is not blank. */
export function toLine(c: Position, lineStart: number): void {
  c.isAfterGap = false
  c.lineStart = lineStart
  c.at = lineStart
  while (c.at < c.text.length) {
    skipSpaces(c)
    const code = here(c)
    if (code === hash) skipComment(c)
    else if (code !== lineFeed) {
      c.indent = c.at - c.lineStart
      return
    }
    c.isAfterGap = true
    c.lineStart = ++c.at
  }
  c.indent = -1
}
