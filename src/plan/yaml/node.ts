/**
 * A YAML text as a tree. Places are offsets in UTF-16 units, the end exclusive; a list or map in block style has its
 * start for an end, since nothing is ever shown of it but its beginning.
 */
export type YamlNode = YamlScalar | YamlList | YamlMap | YamlAlias

export type YamlScalar = {
  readonly kind: 'scalar'
  readonly start: number
  readonly end: number
  readonly value: string | number | boolean | null
  /** What is written, without quotes, escapes and folding: `1.10` where the value is 1.1. */
  readonly source: string
  /** Whether it stands there without quotes, and not as a block of text. */
  readonly isPlain: boolean
}

export type YamlList = {
  readonly kind: 'list'
  readonly start: number
  readonly end: number
  /** Whether it is written in `[ ]`. */
  readonly isFlow: boolean
  readonly items: readonly YamlNode[]
}

export type YamlMap = {
  readonly kind: 'map'
  readonly start: number
  readonly end: number
  /** Whether it is written in `{ }`. */
  readonly isFlow: boolean
  readonly entries: readonly YamlEntry[]
}

/** A key that is not a scalar, and a value that is missing altogether, are mistakes that the parser has reported. */
export type YamlEntry = { readonly key: YamlNode; readonly value: YamlNode | null }

/** What stands there is elsewhere: always a mistake. */
export type YamlAlias = { readonly kind: 'alias'; readonly start: number; readonly end: number }

/** A key as text; `null` when it is a list or a map. */
export const keyName = (key: YamlNode): string | null => (key.kind === 'scalar' ? String(key.value) : null)

/** Every node of a tree, parents first, in the order of the text. */
export function visitNodes(node: YamlNode | null, visit: (node: YamlNode) => void): void {
  if (node === null) return
  visit(node)
  if (node.kind === 'list') for (const item of node.items) visitNodes(item, visit)
  if (node.kind === 'map') {
    for (const { key, value } of node.entries) {
      visitNodes(key, visit)
      visitNodes(value, visit)
    }
  }
}
