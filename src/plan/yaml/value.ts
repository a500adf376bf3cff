import { type ParsedNode, type Scalar, type YAMLMap, isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Json } from '../../base/json.ts'
import type { Report, Span } from '../source-text.ts'
import { maxDepth, tooDeep } from './problem.ts'

/** A YAML tree as JSON, and the offsets where something stands whose value is unknown (aliases): no echo about these. */
export type Converted = { readonly value: Json; readonly opaque: ReadonlySet<number> }

/** Keys that JavaScript gives a meaning of its own. */
const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** The value of a YAML tree. What JSON does not have, or has in two ways, is reported and left out. */
export function toValue(root: ParsedNode | null, report: Report): Converted {
  const opaque = new Set<number>()
  const convert = (node: ParsedNode | null, depth: number): Json => {
    if (node === null) return null
    if (depth > maxDepth && !isScalar(node)) {
      const { code, span, message, help } = tooDeep(startOf(node))
      report(code, span, message, { help })
      return null
    }
    if (isScalar(node)) {
      const scalar = scalarValue(node, report)
      if (scalar === null && node.value !== null) opaque.add(node.range[0])
      return scalar
    }
    if (isSeq(node)) return node.items.map((item) => convert(item, depth + 1))
    if (isMap(node))
      return Object.fromEntries(entriesOf(node, report).map(([key, value]) => [key, convert(value, depth + 1)]))
    if (isAlias(node)) opaque.add(node.range[0])
    return null
  }
  return { value: convert(root, 1), opaque }
}

function entriesOf({ items }: YAMLMap.Parsed, report: Report): [string, ParsedNode | null][] {
  const seen = new Set<string>()
  const entries: [string, ParsedNode | null][] = []
  for (const { key, value } of items) {
    const name = keyName(key)
    if (name === null) continue // the parser has reported it
    const span = { start: key.range[0], end: key.range[1] }
    if (name === '<<') {
      report('YAML_MERGE_KEY', span, 'merge keys ("<<") are not accepted', {
        help: 'write the keys out',
      })
    } else if (unsafeKeys.has(name)) {
      report('KEY_INVALID', span, `"${name}" cannot be a key`, { help: 'choose another name' })
    } else if (seen.has(name)) {
      report('KEY_DUPLICATE', span, `the key "${name}" stands here twice`, { help: 'keep one of them' })
    } else entries.push([name, value])
    seen.add(name)
  }
  return entries
}

/** A key as text; `null` when it is a list or a map. */
export const keyName = (key: unknown): string | null => (isScalar(key) ? String(key.value) : null)

function scalarValue(node: Scalar.Parsed, report: Report): Json {
  const { value } = node
  const span = { start: node.range[0], end: node.range[1] }
  if (typeof value === 'string') {
    const bad = value.includes('\0') ? 'the character U+0000' : value.isWellFormed() ? null : 'half of a surrogate pair'
    if (bad !== null) report('CONTROL_CHARACTER', span, `a text may not hold ${bad}`, { help: 'remove it' })
    return value
  }
  if (typeof value === 'number') return numberValue(value, node, span, report)
  return typeof value === 'boolean' ? value : null
}

function numberValue(value: number, { source }: Scalar, span: Span, report: Report): Json {
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (isExact) return value
  report('NUMBER_INVALID', span, `the number "${source ?? value}" cannot be kept exactly`, {
    help: 'put it in quotes to keep it as text',
  })
  return null
}

const startOf = (node: ParsedNode): Span => ({ start: node.range[0], end: node.range[0] + 1 })
