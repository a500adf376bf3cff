import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

/** The object that a line of a stream is; `null` for anything else, such as a word on standard error. */
export function objectOf(line: string): JsonObject | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}

/** The same of a stream whose events all have a `type`: other objects are what libraries write for their own sake. */
export function eventOf(line: string): JsonObject | null {
  const object = objectOf(line)
  return object === null || textAt(object, 'type') === null ? null : object
}

export const objectAt = (holder: JsonObject, name: string): JsonObject => {
  const value = holder[name]
  return isJsonObject(value) ? value : {}
}

export const objectsAt = (holder: JsonObject, name: string): readonly JsonObject[] => {
  const value = holder[name]
  return Array.isArray(value) ? value.filter((item: Json) => isJsonObject(item)) : []
}

/** A text with something in it. */
export const textAt = (holder: JsonObject, name: string): string | null => {
  const value = holder[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The first of these that is there. */
export const firstTextAt = (holder: JsonObject, names: readonly string[]): string | null =>
  names.map((name) => textAt(holder, name)).find((text) => text !== null) ?? null

/** The same; nothing is the empty text. */
export const wordAt = (holder: JsonObject, name: string): string => textAt(holder, name) ?? ''

export const numberAt = (holder: JsonObject, name: string): number | null => {
  const value = holder[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A number of tokens; what is not told of a count that is, is none. */
export const countAt = (holder: JsonObject, name: string): number =>
  Math.max(0, Math.round(numberAt(holder, name) ?? 0))
