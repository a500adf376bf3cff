import { expect } from 'vitest'
import { sourceText } from '../../../src/plan/source-text.ts'
import { readFully } from '../../../src/plan/yaml/full.ts'
import { nodeMaker } from '../../../src/plan/yaml/regular/nodes.ts'
import { readRegular } from '../../../src/plan/yaml/regular/read.ts'
import { valueMaker } from '../../../src/plan/yaml/regular/values.ts'
import { toValue } from '../../../src/plan/yaml/value.ts'

/**
 * Holds the quick reader against the full one. Where it is sure of a text, both give the same nodes at the same places,
 * the full one has nothing to report, and what was read for values has the same values; the order of keys included.
 *
 * @returns whether it was sure of the text
 */
export function agree(text: string): boolean {
  const nodes = readRegular(text, nodeMaker)
  const values = readRegular(text, valueMaker(text))
  if (nodes.kind !== 'regular') {
    expect(values.kind, text).not.toBe('regular')
    return false
  }
  const full = readFully(sourceText('plan.yaml', text))
  const crlf = readFully(sourceText('plan.yaml', text.replaceAll('\n', '\r\n')))
  expect(full.problems, text).toEqual([])
  expect(full.isUsable, text).toBe(true)
  expect(nodes.made, text).toStrictEqual(full.root)
  if (values.kind === 'regular') {
    const reported: unknown[] = []
    const { value, opaque } = toValue(full.root, (...mistake) => void reported.push(mistake))
    expect(reported, text).toEqual([])
    expect(opaque.size, text).toBe(0)
    expect(values.made, text).toStrictEqual(value)
    expect(JSON.stringify(values.made), text).toBe(JSON.stringify(value))
    expect(crlf.problems, text).toEqual([])
    expect(toValue(crlf.root, () => {}).value, text).toStrictEqual(value)
  }
  return true
}
