import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

/**
 * Whether OpenAI's service takes a schema for its answers: it refuses the whole request when an object may have more
 * properties than those that are named, or lacks one of them in `required`.
 */
export function isStrict(schema: JsonObject): boolean {
  const { properties, required, additionalProperties } = schema
  if (schema['type'] === 'object' || isJsonObject(properties)) {
    const names = Object.keys(isJsonObject(properties) ? properties : {})
    const all = Array.isArray(required) && names.every((name) => required.includes(name))
    if (additionalProperties !== false || !all) return false
  }
  return Object.values(schema).every((part) => areStrict(part))
}

const areStrict = (part: Json): boolean =>
  Array.isArray(part) ? part.every((item: Json) => areStrict(item)) : !isJsonObject(part) || isStrict(part)
