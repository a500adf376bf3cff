import { type CST, type ParsedNode, isMap, isScalar, isSeq } from 'yaml'
import type { SourceText } from '../source-text.ts'
import { hasBlankAbove, placeIn } from './comments.ts'
import { leafOf } from './leaf.ts'
import { type Collection, type Entry, type Leaf, type Value } from './tree.ts'

/** An entry and where it stands in the text. */
export type Placed = {
  readonly entry: Entry
  readonly start: number
  /** Where its value begins. */
  readonly valueStart: number
  /** Behind its value. */
  readonly end: number
  /** Of its key or `-`, from 1. */
  readonly column: number
  readonly holder: PlacedCollection
}

export type PlacedCollection = {
  readonly collection: Collection
  /** The entry whose value it is; `null` for the root. */
  readonly owner: Placed | null
  readonly end: number
}

/** The layout of a tree, without its comments, and its entries in the order of the text. */
export function buildTree(
  root: ParsedNode,
  source: SourceText,
): { readonly root: Value; readonly places: readonly Placed[] } {
  const places: Placed[] = []
  const { text } = source

  const valueOf = (node: ParsedNode | null, owner: Placed | null): Value => {
    if (isMap(node) || isSeq(node)) return collectionOf(node, owner)
    return isScalar(node) ? leafOf(node, text) : nothing
  }

  const collectionOf = (node: ParsedNode, owner: Placed | null): Collection => {
    const isList = isSeq(node)
    const inFlow = (isMap(node) || isList) && node.flow === true
    const collection: Collection = { kind: isList ? 'list' : 'map', inFlow, entries: [], below: [] }
    const holder: PlacedCollection = { collection, owner, end: node.range[1] }
    const add = (key: ParsedNode | null, value: ParsedNode | null, start: number): void => {
      const entry: Entry = {
        key: isScalar(key) ? String(key.value) : null,
        keyText: keyTextOf(key, text),
        value: nothing,
        above: [],
        blankAbove: hasBlankAbove(source, start),
        beside: null,
      }
      const end = Math.max(value?.range[1] ?? 0, key?.range[1] ?? 0, start)
      const valueStart = value?.range[0] ?? end
      const placed: Placed = { entry, start, valueStart, end, column: placeIn(source, start).column, holder }
      places.push(placed)
      collection.entries.push(entry)
      entry.value = valueOf(value, placed)
    }
    if (isMap(node)) {
      for (const { key, value, srcToken } of node.items) add(key, value, startOf(key, srcToken))
    } else if (isSeq(node)) {
      const dashes = dashesOf(node.srcToken)
      for (const [index, item] of node.items.entries()) {
        add(null, item, dashes[index] ?? item.range[0])
      }
    }
    return collection
  }

  return { root: valueOf(root, null), places }
}

const nothing: Leaf = { kind: 'inline', text: '' }

/** Where the `-` of each item of a block list stands. */
function dashesOf(token: CST.Token | undefined): readonly number[] {
  if (token?.type !== 'block-seq') return []
  return token.items.flatMap(({ start }) =>
    start.filter(({ type }) => type === 'seq-item-ind').map(({ offset }) => offset),
  )
}

/** Where an entry of a map begins: at its key, at the `?` of an explicit one, or at the `:` when the key is nothing. */
function startOf(key: ParsedNode, token: CST.CollectionItem | undefined): number {
  const mark =
    token?.start.find(({ type }) => type === 'explicit-key-ind') ??
    (key.range[0] === key.range[1] ? token?.sep?.find(({ type }) => type === 'map-value-ind') : undefined)
  return mark?.offset ?? key.range[0]
}

const simpleKey = /^[A-Za-z_][A-Za-z0-9_-]*$/
/** What readers of older YAML take for something else than text. */
const ambiguousKey = /^(?:true|false|null|yes|no|on|off|y|n)$/i

function keyTextOf(key: ParsedNode | null, text: string): string {
  if (!isScalar(key)) return ''
  const name = String(key.value)
  const leaf = leafOf(key, text)
  const written = leaf.kind === 'inline' ? leaf.text : JSON.stringify(name)
  return /^["']/.test(written) && simpleKey.test(name) && !ambiguousKey.test(name) ? name : written
}
