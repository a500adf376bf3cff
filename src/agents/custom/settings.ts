import type { Sessions } from '../cli/agent.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'

/** How an agent of the user's own is spoken with. */
export type CustomSettings = {
  /** A list within the list is left out as a whole when a placeholder in it has no value. */
  readonly args: readonly (string | readonly string[])[]
  readonly stdin: boolean
  readonly output: Output
  /** What it tells as the sum of a whole session. */
  readonly sums: Sessions['sums']
  /** With what a person goes on in a session at a terminal; `null`: there is no way. */
  readonly resume: readonly string[] | null
  /** Ways to what an object of its output tells, such as `usage.input`. */
  readonly fields: { readonly [field in Field]?: readonly string[] }
  /** The line of a stream that is its end has these values at these ways; `null`: its exit is its end. */
  readonly end: readonly (readonly [way: readonly string[], value: Json])[] | null
}

const outputs = ['text', 'json', 'stream-json'] as const
type Output = (typeof outputs)[number]

const fields = [
  'text', 'answer', 'session', 'error', 'denied', 'input_tokens', 'cached_tokens', 'output_tokens', 'cost_usd',
] as const // prettier-ignore
export type Field = (typeof fields)[number]

/** Words of `connection.config` that only such an agent has. */
export const customWords = ['stdin', 'output', 'fields', 'end', 'session_sums', 'resume'] as const

export const placeholder = /\{(prompt|prompt_file|model|session|with\.[A-Za-z_][A-Za-z0-9_]*)\}/g

/** The settings in an agent's `connection.config`, or what is wrong with them. */
export function customSettings(config: JsonObject): Result<CustomSettings, string> {
  const {
    args = ['{prompt}'],
    stdin = 'none',
    output = 'text',
    fields: given = {},
    end = null,
    session_sums: sums = [],
    resume = null,
  } = config
  const kind = outputs.find((known) => known === output)
  if (kind === undefined) return err(`output must be one of ${outputs.join(', ')}`)
  if (stdin !== 'none' && stdin !== 'prompt') return err('stdin must be none or prompt')
  if (!Array.isArray(args) || !args.every(isArgument)) return err('args must be a list of texts, and of lists of texts')
  const gets = stdin === 'prompt' || args.flat().some((text) => /\{prompt(_file)?\}/.test(text))
  if (!gets) return err('the agent never gets its prompt: write {prompt} or {prompt_file} into args, or stdin: prompt')
  if (!isJsonObject(given)) return err('fields must be a map')
  const unknown = Object.keys(given).find((name) => !fields.some((field) => field === name))
  const wayless = Object.keys(given).find((name) => typeof given[name] !== 'string')
  if (wayless !== undefined) return err(`fields.${wayless} must be the way to a value, such as usage.input`)
  if (unknown !== undefined) return err(`fields has "${unknown}"; it may have ${fields.join(', ')}`)
  if (kind === 'text' && Object.keys(given).length > 0) return err('fields are for output: json and stream-json')
  if (end !== null && (kind !== 'stream-json' || !isJsonObject(end)))
    return err('end is for output: stream-json, and is a map of ways to values, such as { type: result }')
  const known = sumsIn(sums)
  if (known === null) return err('session_sums must be a list of usage and cost')
  if (resume !== null && !(isTexts(resume) && resume.some((text) => text.includes('{session}'))))
    return err('resume must be a list of texts, and {session} in one of them')
  return ok({
    args,
    resume,
    stdin: stdin === 'prompt',
    output: kind,
    sums: known,
    fields: Object.fromEntries(Object.entries(given).map(([name, way]) => [name, wayOf(way)])),
    end: isJsonObject(end) ? Object.entries(end).map(([way, value]) => [way.split('.'), value]) : null,
  })
}

function sumsIn(value: Json): Sessions['sums'] | null {
  const kinds = ['usage', 'cost'] as const
  if (!Array.isArray(value) || !value.every((item: Json) => kinds.some((kind) => kind === item))) return null
  return kinds.filter((kind) => value.includes(kind))
}

const wayOf = (value: Json): readonly string[] => (typeof value === 'string' ? value.split('.') : [])

const isTexts = (value: Json): value is string[] =>
  Array.isArray(value) && value.every((item: Json) => typeof item === 'string')

const isArgument = (item: Json): item is string | string[] =>
  typeof item === 'string' || (Array.isArray(item) && item.every((one: Json) => typeof one === 'string'))
