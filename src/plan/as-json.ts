import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'

/** A part of a document as JSON: its generated types lack the index signature that JSON objects have. */
export function asJson(part: object | string | number | boolean | null): Json {
  const copy: Json = JSON.parse(JSON.stringify(part))
  return copy
}

export function asJsonObject(part: object | undefined): JsonObject | null {
  const value = asJson(part ?? null)
  return isJsonObject(value) ? value : null
}
