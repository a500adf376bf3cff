import { parse } from 'yaml'
import { schemaKeys, type SchemaKey } from '../../scripts/gen/schema-walk.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import type { Case } from './case.ts'

/** A key of plans, `steps.retry.delay`, and the closed set of its values, if it has one. */
export type LanguageKey = { readonly name: string; readonly path: readonly string[]; readonly values: readonly Json[] }

/** The keys of the language. Steps of `finally` are steps, and within an `output_schema` stand the keywords of JSON Schema. */
export function languageKeys(schema: JsonObject): readonly LanguageKey[] {
  return schemaKeys(schema)
    .filter(({ path }) => path[0] !== 'finally[]' && !(path[1] === 'output_schema' && path.length > 2))
    .map((key) => ({ name: nameOf(key), path: key.path, values: valuesOf(key.schema) }))
}

const nameOf = ({ path }: SchemaKey): string => path.map((part) => part.replace('[]', '')).join('.')

function valuesOf({ enum: values, items, const: only }: JsonObject): readonly Json[] {
  if (Array.isArray(values)) return values
  if (isJsonObject(items)) return valuesOf(items)
  return only === undefined ? [] : [only]
}

/** What the plans of a case say under a key: each value, those of lists one by one. */
export function saidIn(one: Case, { path }: LanguageKey): readonly Json[] {
  return plansOf(one).flatMap((plan) => [
    ...valuesAt(plan, path),
    ...(path[0] === 'steps[]' ? valuesAt(plan, ['finally[]', ...path.slice(1)]) : []),
  ])
}

const known = new WeakMap<Case, readonly Json[]>()

/** The plan and its sub-plans, as far as they can be read. */
function plansOf(one: Case): readonly Json[] {
  const found = known.get(one)
  if (found !== undefined) return found
  const texts = [
    one.plan,
    ...Object.entries(one.files).flatMap(([path, text]) => (path.endsWith('.yaml') ? [text] : [])),
  ]
  const plans = texts.flatMap((text): Json[] => {
    try {
      return [parse(text, { logLevel: 'silent' })]
    } catch {
      return [] // a case about text that is no YAML
    }
  })
  known.set(one, plans)
  return plans
}

function valuesAt(value: Json | undefined, path: readonly string[]): readonly Json[] {
  const [name, ...rest] = path
  if (value === undefined) return []
  if (name === undefined) return Array.isArray(value) ? [value, ...value] : [value]
  if (!isJsonObject(value)) return []
  const own: JsonObject = value
  if (name === '*') return Object.values(own).flatMap((one) => valuesAt(one, rest))
  const below = own[name.replace('[]', '')]
  if (!name.endsWith('[]')) return valuesAt(below, rest)
  return Array.isArray(below) ? below.flatMap((one: Json) => valuesAt(one, rest)) : []
}
