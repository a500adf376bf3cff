import { readFileSync } from 'node:fs'
import { type Json, type JsonObject, isJsonObject } from '../../src/base/json.ts'

/** One key that a schema knows: `steps[].retry.delay`, `inputs.*.default`. */
export type SchemaKey = {
  readonly path: readonly string[]
  /** The schema of its value, `$ref`s followed; what stands beside a `$ref` wins. */
  readonly schema: JsonObject
  readonly isRequired: boolean
}

export const readSchema = (file: string): JsonObject => JSON.parse(readFileSync(file, 'utf8'))

/** Every key of a schema, in its order, depth first. `[]` stands for the items of a list, `*` for free names. */
export function schemaKeys(root: JsonObject): readonly SchemaKey[] {
  const keys: SchemaKey[] = []
  const walk = (schema: JsonObject, path: readonly string[], above: readonly string[]): void => {
    const { properties, additionalProperties, items, required } = schema
    const ref = textOr(schema['$ref'])
    const isKnown = ref !== '' && above.includes(ref)
    if (isKnown) return
    for (const [name, value] of Object.entries(objectOr(properties))) {
      const resolved = resolve(root, objectOr(value))
      const isRequired = Array.isArray(required) && required.includes(name)
      keys.push({ path: [...path, name], schema: resolved, isRequired })
      walk(resolved, [...path, name], [...above, ref])
    }
    for (const [name, value] of [
      ['*', additionalProperties],
      ['[]', items],
    ] as const) {
      if (!isJsonObject(value)) continue
      const inner = name === '[]' ? [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`] : [...path, name]
      walk(resolve(root, value), inner, [...above, ref])
    }
  }
  walk(root, [], [])
  return keys
}

/** A text as it is, nothing as the empty text, other values as JSON. */
export const textOr = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

const objectOr = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

function resolve(root: JsonObject, schema: JsonObject): JsonObject {
  const ref = schema['$ref']
  if (typeof ref !== 'string') return schema
  const target = ref
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((value, key) => objectOr(value)[key], root)
  return { ...resolve(root, objectOr(target)), ...schema }
}
