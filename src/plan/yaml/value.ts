import type { Json } from '../../base/json.ts'
import type { Report, Span } from '../source-text.ts'
import { type YamlMap, type YamlNode, type YamlScalar, keyName } from './node.ts'
import { maxDepth, tooDeep } from './problem.ts'

/** A YAML tree as JSON, and the offsets where something stands whose value is unknown (aliases): no echo about these. */
export type Converted = { readonly value: Json; readonly opaque: ReadonlySet<number> }

/** Keys that JavaScript gives a meaning of its own. */
const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether a key may stand in a map: "<<" is a merge in YAML 1.1, and the others are not keys like any other in JavaScript. */
export const isAcceptedKey = (key: string): boolean => key !== '<<' && !unsafeKeys.has(key)

/** Whether a number of a text is kept as it was written. */
export const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))

/** The value of a YAML tree. What JSON does not have, or has in two ways, is reported and left out. */
export function toValue(root: YamlNode | null, report: Report): Converted {
  const opaque = new Set<number>()
  const convert = (node: YamlNode | null, depth: number): Json => {
    if (node === null) return null
    if (node.kind === 'scalar') {
      const scalar = scalarValue(node, report)
      if (scalar === null && node.value !== null) opaque.add(node.start)
      return scalar
    }
    if (depth > maxDepth) {
      const { code, span, message, help } = tooDeep({ start: node.start, end: node.start + 1 })
      report(code, span, message, { help })
      return null
    }
    if (node.kind === 'list') return node.items.map((item) => convert(item, depth + 1))
    if (node.kind === 'map') return mapValue(node, (value) => convert(value, depth + 1), report)
    opaque.add(node.start)
    return null
  }
  return { value: convert(root, 1), opaque }
}

function mapValue({ entries }: YamlMap, convert: (value: YamlNode | null) => Json, report: Report): Json {
  const map: { [key: string]: Json } = {}
  for (const { key, value } of entries) {
    const name = keyName(key)
    if (name === null) continue // the parser has reported it
    if (name === '<<') {
      report('YAML_MERGE_KEY', key, 'merge keys ("<<") are not accepted', {
        help: 'write the keys out',
      })
    } else if (unsafeKeys.has(name)) {
      report('KEY_INVALID', key, `"${name}" cannot be a key`, { help: 'choose another name' })
    } else if (Object.hasOwn(map, name)) {
      report('KEY_DUPLICATE', key, `the key "${name}" stands here twice`, { help: 'keep one of them' })
    } else map[name] = convert(value)
  }
  return map
}

function scalarValue(node: YamlScalar, report: Report): Json {
  const { value } = node
  if (typeof value === 'string') {
    const bad = value.includes('\0') ? 'the character U+0000' : value.isWellFormed() ? null : 'half of a surrogate pair'
    if (bad !== null) report('CONTROL_CHARACTER', node, `a text may not hold ${bad}`, { help: 'remove it' })
    return value
  }
  return typeof value === 'number' ? numberValue(value, node, report) : value
}

function numberValue(value: number, node: YamlScalar, report: Report): Json {
  if (isExact(value)) return value
  report('NUMBER_INVALID', node satisfies Span, `the number "${node.source}" cannot be kept exactly`, {
    help: 'put it in quotes to keep it as text',
  })
  return null
}
