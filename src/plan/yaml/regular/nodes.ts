import type { YamlEntry, YamlNode } from '../node.ts'
import type { Maker } from './maker.ts'

/** Makes nodes with places. */
export const nodeMaker: Maker<YamlNode> = {
  scalar: (start, end, value, source, isPlain) => ({ kind: 'scalar', start, end, value, source, isPlain }),
  list: (start, end, isFlow, items) => ({ kind: 'list', start, end, isFlow, items }),
  map: (start, end, isFlow, pairs) => ({ kind: 'map', start, end, isFlow, entries: entriesOf(pairs) }),
}

function entriesOf(pairs: readonly YamlNode[]): readonly YamlEntry[] {
  const entries: YamlEntry[] = []
  for (let at = 0; at < pairs.length; at += 2) entries.push({ key: pairs[at]!, value: pairs[at + 1]! }) // by turns
  return entries
}
