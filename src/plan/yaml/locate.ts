import { type ParsedNode, type Scalar, isCollection, isMap, isNode, isPair, isScalar, isSeq } from 'yaml'
import type { Span } from '../source-text.ts'
import { keyName } from './value.ts'

/** A place in a document: keys and indices from the root. */
export type Path = readonly (string | number)[]

/** Where things of a document stand in its text. A path that does not exist gives the nearest place above it. */
export type Locator = {
  /** The key of an entry; of a list item its first key, or the item itself. */
  readonly keySpan: (path: Path) => Span
  /** The value: a scalar or a list or map on one line; else its key. */
  readonly valueSpan: (path: Path) => Span
  /** A part of a text, by its offsets in the value; the whole when quotes, escapes or folding hide it. */
  readonly partSpan: (path: Path, part: Span) => Span
  /** A scalar as it is written, without quotes: `1.10` where the value is 1.1. */
  readonly written: (path: Path) => string | null
}

type Entry = { readonly key: ParsedNode | null; readonly value: ParsedNode | null }

export function locator(text: string, root: ParsedNode | null): Locator {
  const maps = new WeakMap<ParsedNode, ReadonlyMap<string, Entry>>()
  const entriesOf = (map: ParsedNode): ReadonlyMap<string, Entry> => {
    const entries = maps.get(map) ?? indexOf(map)
    maps.set(map, entries)
    return entries
  }
  const child = ({ value }: Entry, name: string | number): Entry | undefined => {
    if (isSeq(value))
      return typeof name === 'number' && name in value.items
        ? { key: null, value: asNode(value.items[name]) }
        : undefined
    return isMap(value) ? entriesOf(value).get(String(name)) : undefined
  }
  const find = (path: Path): Entry => {
    let entry: Entry = { key: null, value: root }
    for (const name of path) {
      const next = child(entry, name)
      if (next === undefined) return entry
      entry = next
    }
    return entry
  }
  const keySpan = (path: Path): Span => {
    const { key, value } = find(path)
    return spanOf(key ?? firstKey(value), text)
  }
  const valueSpan = (path: Path): Span => {
    const { key, value } = find(path)
    const isShown = value !== null && value.range[1] > value.range[0] && (!isCollection(value) || value.flow === true)
    return isShown ? spanOf(value, text) : spanOf(key ?? firstKey(value), text)
  }
  const scalarAt = (path: Path): Scalar.Parsed | null => {
    const { value } = find(path)
    return isScalar(value) ? value : null
  }
  return {
    keySpan,
    valueSpan,
    partSpan: (path, part) => {
      const scalar = scalarAt(path)
      return (scalar === null ? null : spanInside(scalar, part, text)) ?? valueSpan(path)
    },
    written: (path) => scalarAt(path)?.source ?? null,
  }
}

function indexOf(map: ParsedNode): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  if (!isMap(map)) return entries
  for (const pair of map.items) {
    const name = keyName(pair.key)
    if (name !== null && !entries.has(name)) entries.set(name, { key: asNode(pair.key), value: asNode(pair.value) })
  }
  return entries
}

/** The parser gives every node of a document a range; its types leave that open for nodes made by hand. */
const asNode = (node: unknown): ParsedNode | null => (isParsed(node) ? node : null)

const isParsed = (node: unknown): node is ParsedNode => isNode(node) && Array.isArray(node.range)

function firstKey(value: ParsedNode | null): ParsedNode | null {
  if (!isMap(value)) return isSeq(value) && value.flow !== true ? (firstKey(asNode(value.items[0])) ?? value) : value
  const [first] = value.items
  return (isPair(first) ? asNode(first.key) : null) ?? value
}

/** A node's place, cut at the end of its first line. */
function spanOf(node: ParsedNode | null, text: string): Span {
  if (node === null) return { start: 0, end: 0 }
  const [start, end] = node.range
  const newline = text.indexOf('\n', start)
  const lineEnd = newline === -1 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
  return { start, end: Math.max(start, Math.min(end, lineEnd)) }
}

const verbatim = new WeakMap<Scalar, boolean>()

/** Whether the value stands in the text as it is; asked once per scalar, since a prompt may hold 100,000 expressions. */
function isVerbatim(scalar: Scalar.Parsed, value: string, first: number, text: string): boolean {
  const known = verbatim.get(scalar) ?? text.startsWith(value, first)
  verbatim.set(scalar, known)
  return known
}

function spanInside(scalar: Scalar.Parsed, { start, end }: Span, text: string): Span | null {
  const [from, to] = scalar.range
  const value = String(scalar.value)
  const first = from + (scalar.type === 'PLAIN' ? 0 : 1)
  if (isVerbatim(scalar, value, first, text)) return { start: first + start, end: first + end }
  // Folded, indented or escaped: look for the same text, as often as it came before in the value.
  const wanted = value.slice(start, end).split('\n', 1)[0]!.trim()
  if (wanted === '') return null
  let at = from - 1
  for (let before = value.indexOf(wanted); before !== -1; before = value.indexOf(wanted, before + 1)) {
    at = text.indexOf(wanted, at + 1)
    if (at === -1 || at >= to) return null
    if (before >= start) return { start: at, end: at + wanted.length }
  }
  return null
}
