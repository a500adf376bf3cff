import type { YamlNode } from './node.ts'
import type { YamlProblem } from './problem.ts'

/** The tree of a YAML text, and what is wrong with the text. */
export type YamlTree = {
  readonly root: YamlNode | null
  readonly problems: readonly YamlProblem[]
  /** Whether the tree is what the author meant, so that looking at its content makes sense. */
  readonly isUsable: boolean
}
