import { flowText, width } from './print.ts'
import { type Collection, type Value, isCollection } from './tree.ts'

const step = 2

/**
 * Decides which collections within braces and brackets become blocks: those that do not fit on their line or hold
 * comments, and those that are sections of a plan. What is a block stays one.
 *
 * @param sections keys of the root whose values are blocks in any case
 */
export function fold(root: Collection, sections: readonly string[]): void {
  root.inFlow = false
  for (const { key, value } of root.entries) {
    if (sections.includes(key ?? '') && isCollection(value)) value.inFlow = false
  }
  foldInside(root, 0)
}

function foldInside(collection: Collection, indent: number): void {
  for (const { keyText, value } of collection.entries) {
    if (!isCollection(value)) continue
    const prefix = indent + (collection.kind === 'list' ? step : keyText.length + 2)
    if (value.inFlow && !fits(value, prefix)) value.inFlow = false
    if (!value.inFlow) foldInside(value, indent + step)
  }
}

const fits = (value: Collection, prefix: number): boolean => isPlain(value) && prefix + flowText(value).length <= width

/** Neither comments nor values of several lines are inside. */
function isPlain(value: Value): boolean {
  if (!isCollection(value)) return value.kind === 'inline'
  return (
    value.below.length === 0 &&
    value.entries.every((entry) => entry.above.length === 0 && entry.beside === null && isPlain(entry.value))
  )
}
