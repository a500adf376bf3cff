// What a text looks like, apart from how it is indented: made by `build.ts`, put in order by `canonical.ts`, printed by
// `print.ts`. It is changed in place between the three.

/** The whole text. */
export type Layout = {
  /** Comments at the top that are about the file, not about its first key. */
  header: Comment[]
  root: Collection
}

/** A comment, with its `#`. */
export type Comment = {
  readonly text: string
  /** Whether a blank line is above it. */
  blankAbove: boolean
}

/** One `key: value` of a map, or one `- value` of a list. */
export type Entry = {
  /** `null` in a list. */
  key: string | null
  /** The key as it is written, perhaps in quotes. */
  keyText: string
  value: Value
  /** Comments on the lines above. */
  above: Comment[]
  /** Whether a blank line is right above the entry itself, below those comments. */
  blankAbove: boolean
  /** The comment at the end of its first line, or of its only one. */
  beside: string | null
}

export type Value = Leaf | Collection

export type Leaf =
  /** One line, or nothing at all. */
  | { readonly kind: 'inline'; readonly text: string }
  /** A text that its author has broken into lines, without `|` or `>`. */
  | { readonly kind: 'broken'; readonly lines: readonly string[] }
  /** `|` or `>` and the lines below, without their indentation; blank ones at the end are part of the value. */
  | { readonly kind: 'block'; readonly header: string; readonly lines: readonly string[] }

export type Collection = {
  readonly kind: 'map' | 'list'
  /** Written within braces or brackets. */
  inFlow: boolean
  entries: Entry[]
  /** Comments below the last entry. */
  below: Comment[]
}

export const isCollection = (value: Value): value is Collection => value.kind === 'map' || value.kind === 'list'

/** Whether a blank line is above the first line of an entry, be that a comment or the entry itself. */
export const isApart = ({ above, blankAbove }: Entry): boolean => above[0]?.blankAbove ?? blankAbove

export function setApart(entry: Entry, apart: boolean): void {
  const [first] = entry.above
  if (first === undefined) entry.blankAbove = apart
  else first.blankAbove = apart
}
