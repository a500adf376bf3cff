import { type ParsedNode, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml'
import type { YamlEntry, YamlNode, YamlScalar } from './node.ts'

/** A tree of the yaml package as ours. */
export function fromLibrary(node: ParsedNode): YamlNode {
  const [start, end] = node.range
  if (isScalar(node)) {
    const { value, source, type } = node
    return { kind: 'scalar', start, end, value: isPrimitive(value) ? value : null, source, isPlain: type === 'PLAIN' }
  }
  if (isAlias(node)) return { kind: 'alias', start, end }
  const isFlow = node.flow === true
  const place = { start, end: isFlow ? end : start, isFlow }
  if (isSeq(node)) return { kind: 'list', ...place, items: node.items.filter(isParsed).map(fromLibrary) }
  return { kind: 'map', ...place, entries: isMap(node) ? node.items.flatMap(entryOf) : [] }
}

function entryOf({ key, value }: { readonly key: unknown; readonly value: unknown }): YamlEntry[] {
  return isParsed(key) ? [{ key: fromLibrary(key), value: isParsed(value) ? fromLibrary(value) : null }] : []
}

/** The parser gives every node of a document a range; its types leave that open for nodes made by hand. */
const isParsed = (node: unknown): node is ParsedNode => isNode(node) && Array.isArray(node.range)

const isPrimitive = (value: unknown): value is YamlScalar['value'] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
