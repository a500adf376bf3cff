import { parseDuration } from '../base/duration.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

/** Reads parts of data that the schema has accepted: what is not of the type is not there. */
export type Value = Json | undefined

export const objectIn = (value: Value): JsonObject => (isJsonObject(value) ? value : {})
export const textIn = (value: Value): string | null => (typeof value === 'string' ? value : null)
export const numberIn = (value: Value): number | null => (typeof value === 'number' ? value : null)
export const booleanIn = (value: Value): boolean | null => (typeof value === 'boolean' ? value : null)
export const textsIn = (value: Value): string[] =>
  Array.isArray(value) ? value.filter((item: Json) => typeof item === 'string') : []
export const durationIn = (value: Value): number | null =>
  typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : null

/** The one of `options` that the value is. */
export const oneOf = <T extends string>(options: readonly T[], value: Value): T | null =>
  options.find((option) => option === value) ?? null
