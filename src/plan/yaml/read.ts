import type { SourceText } from '../source-text.ts'
import { readFully } from './full.ts'
import { tooManyParts } from './problem.ts'
import { nodeMaker } from './regular/nodes.ts'
import { readRegular } from './regular/read.ts'
import type { YamlTree } from './tree.ts'

/** The tree of a YAML text: by the quick reader when it is sure of the text, by the full parser otherwise. */
export function readYaml(source: SourceText): YamlTree {
  const reading = readRegular(source.text, nodeMaker)
  if (reading.kind === 'regular') return { root: reading.made, problems: [], isUsable: true }
  return reading.kind === 'too large'
    ? { root: null, problems: [tooManyParts(reading.at)], isUsable: false }
    : readFully(source)
}
