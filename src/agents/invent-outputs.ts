import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

/** A fraction from 0 to 1 that depends only on the place in the outputs. */
export type Chance = (place: string) => number

const deepest = 8

/** Outputs that fit a schema, as far as a small generator can tell: fixed values first, then the least that is allowed. */
export function inventOutputs(schema: JsonObject, chance: Chance): JsonObject {
  const value = invent({ root: schema, chance }, schema, 'outputs', 0)
  return isJsonObject(value) ? value : {}
}

/** Texts at the places that somebody reads, where no schema tells more; `[]` is the one item of a list. */
export function outputsAt(paths: readonly (readonly string[])[]): JsonObject {
  return Object.fromEntries(Array.from(byFirst(paths), ([name, ways]) => [name, valueAt(name, ways)]))
}

function valueAt(name: string, ways: readonly (readonly string[])[]): Json {
  const below = byFirst(ways)
  const items = below.get('[]')
  if (items !== undefined) return [valueAt(name, items)]
  return below.size > 0 ? outputsAt(ways) : `simulated ${name}`
}

/** What comes behind each first name. */
const byFirst = (paths: readonly (readonly string[])[]): ReadonlyMap<string, readonly (readonly string[])[]> => {
  const below = new Map<string, (readonly string[])[]>()
  for (const [head, ...rest] of paths) if (head !== undefined) below.set(head, [...(below.get(head) ?? []), rest])
  return below
}

type Context = { readonly root: JsonObject; readonly chance: Chance }

function invent(context: Context, given: Json | undefined, place: string, depth: number): Json {
  const schema = resolve(context, given)
  const fixed = fixedValue(context, schema, place)
  if (fixed !== undefined) return fixed
  if (depth > deepest) return null
  switch (typeOf(schema)) {
    case 'object':
      return inventObject(context, schema, place, depth)
    case 'array':
      return inventArray(context, schema, place, depth)
    case 'integer':
    case 'number':
      return inventNumber(schema)
    case 'boolean':
      return context.chance(place) < 0.5
    case 'null':
      return null
    default:
      return inventText(schema, place)
  }
}

function fixedValue({ chance }: Context, schema: JsonObject, place: string): Json | undefined {
  const { const: only, enum: oneOf, default: usual, examples } = schema
  if (only !== undefined) return only
  if (Array.isArray(oneOf) && oneOf.length > 0) return pick<Json>(oneOf, chance(place))
  if (usual !== undefined) return usual
  return Array.isArray(examples) && examples.length > 0 ? pick<Json>(examples, chance(place)) : undefined
}

function pick<T>(items: readonly T[], fraction: number): T | undefined {
  return items[Math.floor(fraction * items.length)]
}

/** Follows local references, and takes the first of alternatives; what is asked for together is put together. */
function resolve(context: Context, given: Json | undefined): JsonObject {
  let schema: JsonObject = isJsonObject(given) ? given : {}
  for (let steps = 0; steps < deepest; steps++) {
    const { $ref, anyOf, oneOf, allOf, ...rest } = schema
    const choice = first(oneOf) ?? first(anyOf)
    if (typeof $ref === 'string') schema = { ...referenced(context.root, $ref), ...rest }
    else if (choice !== undefined) schema = merged(rest, choice)
    else if (Array.isArray(allOf)) schema = allOf.filter((part: Json) => isJsonObject(part)).reduce(merged, rest)
    else return schema
  }
  return schema
}

function first(list: Json | undefined): JsonObject | undefined {
  return Array.isArray(list) ? list.find((item: Json) => isJsonObject(item)) : undefined
}

function merged(one: JsonObject, other: JsonObject): JsonObject {
  const both = (name: string): JsonObject => ({
    ...(isJsonObject(one[name]) ? one[name] : {}),
    ...(isJsonObject(other[name]) ? other[name] : {}),
  })
  const required = [one['required'], other['required']].flatMap((list) => (Array.isArray(list) ? list : []))
  return { ...one, ...other, properties: both('properties'), required }
}

function referenced(root: JsonObject, pointer: string): JsonObject {
  let place: Json | undefined = root
  for (const part of pointer.replace(/^#\/?/, '').split('/')) {
    if (part === '') continue
    place = isJsonObject(place) ? place[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isJsonObject(place) ? place : {}
}

function typeOf(schema: JsonObject): string {
  const { type } = schema
  const wanted: Json | undefined = Array.isArray(type) ? type.find((one: Json) => one !== 'null') : type
  if (typeof wanted === 'string') return wanted
  if ('properties' in schema || 'required' in schema) return 'object'
  return 'items' in schema || 'minItems' in schema ? 'array' : 'string'
}

function inventObject(context: Context, schema: JsonObject, place: string, depth: number): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : []
  // Deep down only what must be, so that a schema that holds itself comes to an end.
  const names = new Set(depth < deepest / 2 ? [...Object.keys(properties), ...required] : required)
  return Object.fromEntries(
    Array.from(names, (name) => [name, invent(context, properties[name], `${place}.${name}`, depth + 1)]),
  )
}

function inventArray(context: Context, schema: JsonObject, place: string, depth: number): Json {
  const fixed = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : []
  const most = numberIn(schema, 'maxItems') ?? 100
  const count = Math.max(numberIn(schema, 'minItems') ?? Math.min(1, most), Math.min(fixed.length, most))
  return Array.from({ length: Math.min(count, 100) }, (_, index) => {
    const item = invent(context, fixed[index] ?? schema['items'], `${place}.${index}`, depth + 1)
    return schema['uniqueItems'] === true && typeof item === 'string' && index > 0 ? `${item}-${index}` : item
  })
}

function inventNumber(schema: JsonObject): number {
  const least = numberIn(schema, 'minimum') ?? (numberIn(schema, 'exclusiveMinimum') ?? -1) + 1
  const most = numberIn(schema, 'maximum') ?? numberIn(schema, 'exclusiveMaximum') ?? Number.POSITIVE_INFINITY
  const step = numberIn(schema, 'multipleOf') ?? 1
  const wanted = Math.min(least, most)
  return schema['type'] === 'integer' || schema['multipleOf'] !== undefined ? Math.ceil(wanted / step) * step : wanted
}

const formats: { readonly [name: string]: string } = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  uri: 'https://example.invalid/simulated',
  email: 'simulated@example.invalid',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function inventText(schema: JsonObject, place: string): string {
  const format = schema['format']
  const text = (typeof format === 'string' ? formats[format] : undefined) ?? `simulated ${place.split('.').at(-1)}`
  const least = numberIn(schema, 'minLength') ?? 0
  const most = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY
  return text.padEnd(Math.min(least, 10_000), '.').slice(0, most)
}

function numberIn(schema: JsonObject, name: string): number | undefined {
  const value = schema[name]
  return typeof value === 'number' ? value : undefined
}
