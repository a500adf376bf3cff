import type { Span } from '../source-text.ts'
import { type YamlMap, type YamlNode, type YamlScalar, keyName } from './node.ts'

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

type Entry = { readonly key: YamlNode | null; readonly value: YamlNode | null }

/** @param readRoot gives the tree of the text; called when the first place is asked for */
export function locator(text: string, readRoot: () => YamlNode | null): Locator {
  let root: YamlNode | null = null
  const maps = new WeakMap<YamlNode, ReadonlyMap<string, Entry>>()
  const entriesOf = (map: YamlMap): ReadonlyMap<string, Entry> => {
    const entries = maps.get(map) ?? indexOf(map)
    maps.set(map, entries)
    return entries
  }
  const child = ({ value }: Entry, name: string | number): Entry | undefined => {
    if (value?.kind === 'list') {
      const item = typeof name === 'number' ? value.items[name] : undefined
      return item === undefined ? undefined : { key: null, value: item }
    }
    return value?.kind === 'map' ? entriesOf(value).get(String(name)) : undefined
  }
  const find = (path: Path): Entry => {
    root ??= readRoot()
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
    // Nothing is written where a value is empty; a list or map in block style may be as long as the text.
    const isShown = value !== null && value.end > value.start
    return spanOf(isShown ? value : (key ?? firstKey(value)), text)
  }
  const scalarAt = (path: Path): YamlScalar | null => {
    const { value } = find(path)
    return value?.kind === 'scalar' ? value : null
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

function indexOf(map: YamlMap): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const entry of map.entries) {
    const name = keyName(entry.key)
    if (name !== null && !entries.has(name)) entries.set(name, entry)
  }
  return entries
}

function firstKey(value: YamlNode | null): YamlNode | null {
  if (value?.kind === 'list' && !value.isFlow) return firstKey(value.items[0] ?? null) ?? value
  return value?.kind === 'map' ? (value.entries[0]?.key ?? value) : value
}

/** A node's place, cut at the end of its first line. */
function spanOf(node: YamlNode | null, text: string): Span {
  if (node === null) return { start: 0, end: 0 }
  const { start, end } = node
  const newline = text.indexOf('\n', start)
  const lineEnd = newline === -1 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
  return { start, end: Math.max(start, Math.min(end, lineEnd)) }
}

const verbatim = new WeakMap<YamlScalar, boolean>()

/** Whether the value stands in the text as it is; asked once per scalar, since a prompt may hold 100,000 expressions. */
function isVerbatim(scalar: YamlScalar, value: string, first: number, text: string): boolean {
  const known = verbatim.get(scalar) ?? text.startsWith(value, first)
  verbatim.set(scalar, known)
  return known
}

function spanInside(scalar: YamlScalar, { start, end }: Span, text: string): Span | null {
  const value = String(scalar.value)
  const first = scalar.start + (scalar.isPlain ? 0 : 1)
  if (isVerbatim(scalar, value, first, text)) return { start: first + start, end: first + end }
  // Folded, indented or escaped: look for the same text, as often as it came before in the value.
  const wanted = value.slice(start, end).split('\n', 1)[0]!.trim()
  if (wanted === '') return null
  let at = scalar.start - 1
  for (let before = value.indexOf(wanted); before !== -1; before = value.indexOf(wanted, before + 1)) {
    at = text.indexOf(wanted, at + 1)
    if (at === -1 || at >= scalar.end) return null
    if (before >= start) return { start: at, end: at + wanted.length }
  }
  return null
}
