import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'

/** Options of a step's `with` that every agent knows. */
const common = ['on_denied'] as const

/** The first name among a step's options that the agent does not know, in words. */
export function unknownOption(options: readonly string[], known: readonly string[]): string | null {
  const names = [...common, ...known]
  const unknown = options.find((name) => !names.includes(name))
  return unknown === undefined
    ? null
    : `"with" names "${unknown}", which is no option of this agent: ${names.join(', ')}`
}

/** Why these options are not usable: a name that the agent does not know, or a value of another type. */
export function wrongOption(options: JsonObject, known: readonly string[]): string | null {
  const unknown = unknownOption(Object.keys(options), known)
  if (unknown !== null) return unknown
  const { on_denied: onDenied = 'fail' } = options
  return onDenied === 'fail' || onDenied === 'ignore' ? null : 'with.on_denied must be fail or ignore'
}

/** Whether the step is a success although the agent was refused something. */
export const allowsDenied = (options: JsonObject): boolean => options['on_denied'] === 'ignore'

export function listOption(options: JsonObject, name: string): Result<readonly string[], string> {
  const value = options[name] ?? []
  if (Array.isArray(value) && value.every((item: Json): item is string => typeof item === 'string')) return ok(value)
  return err(`with.${name} must be a list of texts`)
}

export function countOption(options: JsonObject, name: string): Result<number | null, string> {
  const value = options[name] ?? null
  if (value === null) return ok(null)
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return ok(value)
  return err(`with.${name} must be a whole number above zero`)
}

export function choiceOption(
  options: JsonObject,
  name: string,
  choices: readonly string[],
): Result<string | null, string> {
  const value = options[name] ?? null
  if (value === null) return ok(null)
  if (typeof value === 'string' && choices.includes(value)) return ok(value)
  return err(`with.${name} must be one of ${choices.join(', ')}`)
}
