import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

/**
 * The combinations of a matrix, in the order in which a reader would list them: the last axis turns fastest. Those
 * that `exclude` names, in whole or in part, are left out; those of `include` follow, unless they are there already.
 */
export function combinations(matrix: JsonObject): readonly JsonObject[] {
  const { include, exclude, ...axes } = matrix
  const names = Object.keys(axes)
  let product: JsonObject[] = names.length === 0 ? [] : [{}]
  for (const name of names)
    product = product.flatMap((one) => listOf(axes[name]).map((value) => ({ ...one, [name]: value })))
  const left = objectsOf(exclude)
  const kept = product.filter((one) => !left.some((out) => holds(one, out)))
  const seen = new Set(kept.map(keyOf))
  return [...kept, ...objectsOf(include).filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)))]
}

/** How many combinations there are at most, counted without building them. */
export function mostCombinations(matrix: JsonObject): number {
  const { include, exclude: _, ...axes } = matrix
  const lengths = Object.values(axes).map((axis) => listOf(axis).length)
  return (lengths.length === 0 ? 0 : lengths.reduce((count, length) => count * length, 1)) + listOf(include).length
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])
const objectsOf = (value: Json | undefined): readonly JsonObject[] => listOf(value).filter((item) => isJsonObject(item))

const holds = (one: JsonObject, part: JsonObject): boolean =>
  Object.entries(part).every(([name, value]) => name in one && same(one[name]!, value))

/** Whether two values are equal, whatever the order of their keys. */
const same = (a: Json, b: Json): boolean => keyOf(a) === keyOf(b)

function keyOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => keyOf(item)).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${keyOf(value[name]!)}`).join()}}`
}
