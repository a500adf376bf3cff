import { isJsonObject, type JsonObject } from './json.ts'

/**
 * A value that is stored, but never in clear: the kernel hands it on as it is, and only the engine can open it. It is
 * JSON, because the journal keeps it.
 */
export type Sealed = { readonly $sealed: string }

export const isSealed = (value: unknown): value is Sealed =>
  isJsonObject(value) && typeof value['$sealed'] === 'string' && Object.keys(value).length === 1

/** Inputs as people may see them: what is sealed is not shown. */
export const masked = (inputs: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, isSealed(value) ? '***' : value]))
