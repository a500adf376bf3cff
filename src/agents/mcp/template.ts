import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

/** `{prompt}`, `{model}`, `{folder}`, `{with.NAME}`. */
const placeholder = /\{(prompt|model|folder|with\.[A-Za-z_][A-Za-z0-9_]*)\}/g

/** The options of a step that the arguments of a tool name. */
export const optionsIn = (template: JsonObject): readonly string[] =>
  [...JSON.stringify(template).matchAll(placeholder)]
    .map(([, name = '']) => name)
    .filter((name) => name.startsWith('with.'))
    .map((name) => name.slice('with.'.length))

/**
 * The arguments of a tool with their values. A text that is nothing but a placeholder becomes the value as it is, a number
 * or a list too; a member whose only placeholder has no value is left out. What looks like a placeholder in a value
 * stays text.
 */
export function filledIn(template: JsonObject, values: { readonly [name: string]: Json | null }): JsonObject {
  return Object.fromEntries(
    Object.entries(template).flatMap(([name, part]) => {
      const value = filled(part, values)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function filled(part: Json, values: { readonly [name: string]: Json | null }): Json | undefined {
  if (Array.isArray(part))
    return part.flatMap((one: Json) => {
      const value = filled(one, values)
      return value === undefined ? [] : [value]
    })
  if (isJsonObject(part)) return filledIn(part, values)
  if (typeof part !== 'string') return part
  const [found] = part.matchAll(placeholder)
  if (found?.[0] === part) return values[found[1] ?? ''] ?? undefined
  return part.replaceAll(placeholder, (_, name: string) => {
    const value = values[name] ?? ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}
