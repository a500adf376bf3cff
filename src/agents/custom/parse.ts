import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { objectIn } from '../cli/answer.ts'
import { causeOf } from '../cli/cause.ts'
import { objectOf } from '../cli/json-line.ts'
import type { AgentEvent, Finished, LineParser } from '../events.ts'
import type { CustomSettings, Field } from './settings.ts'

/** Lines as they come: only those of a stream of objects mean anything by themselves. */
export function customParser(settings: CustomSettings): LineParser {
  return (line) => {
    if (settings.output === 'text') return [{ type: 'text', text: line }]
    const object = objectOf(line)
    if (object === null) return [{ type: 'noise', text: line }]
    if (settings.output === 'json') return []
    const events = told(object, settings)
    return isEnd(object, settings) ? [...events, endOf(object, settings)] : events
  }
}

/** What the whole output and the exit tell, of an agent whose stream has no end of its own. */
export function customAtExit(
  settings: CustomSettings,
): ((output: string, exitCode: number | null) => readonly AgentEvent[]) | null {
  if (settings.end !== null) return null
  return (output, exitCode) => {
    const whole = output.trim()
    if (exitCode !== 0) return whole === '' ? [] : [{ type: 'noise', text: whole.split('\n').at(-1) ?? '' }]
    if (settings.output === 'text') return [...said(whole), good]
    if (settings.output === 'stream-json') return [good]
    const object = objectIn(whole)
    if (object === null) return [failed('its output holds no JSON object')]
    return [...told(object, settings), endOf(object, settings)]
  }
}

const good: Finished = { type: 'finished', outcome: 'success', cause: null, text: null, answer: null }
const said = (text: string): readonly AgentEvent[] => (text === '' ? [] : [{ type: 'text', text }])
const failed = (text: string): Finished => ({
  type: 'finished',
  outcome: 'failure',
  cause: causeOf(null, text),
  text,
  answer: null,
})

function told(object: JsonObject, settings: CustomSettings): readonly AgentEvent[] {
  const [session, text, denied] = (['session', 'text', 'denied'] as const).map((field) => at(object, settings, field))
  return [
    ...(typeof session === 'string' ? [{ type: 'started' as const, session }] : []),
    ...said(typeof text === 'string' ? text : ''),
    ...(isSet(denied) ? [{ type: 'permission' as const, tool: worded(denied), message: null }] : []),
    ...usage(object, settings),
  ]
}

/** Its input is what it says, cached or not; tokens are known only when it tells of both ways. */
function usage(object: JsonObject, settings: CustomSettings): readonly AgentEvent[] {
  const [input, cached, output, costUsd] = (
    ['input_tokens', 'cached_tokens', 'output_tokens', 'cost_usd'] as const
  ).map((field) => {
    const value = at(object, settings, field)
    return typeof value === 'number' && value >= 0 ? value : null
  })
  if (typeof input !== 'number' || typeof output !== 'number')
    return typeof costUsd === 'number' ? [{ type: 'usage', usage: null, costUsd }] : []
  const cacheRead = Math.min(cached ?? 0, input)
  const tokens = { inputUncached: input - cacheRead, cacheRead, cacheWrite: 0, output, reasoning: 0 }
  return [{ type: 'usage', usage: tokens, costUsd: costUsd ?? null }]
}

function endOf(object: JsonObject, settings: CustomSettings): Finished {
  const error = at(object, settings, 'error')
  if (isSet(error)) return failed(worded(error))
  const text = at(object, settings, 'text')
  const answer = at(object, settings, 'answer')
  return { ...good, text: typeof text === 'string' ? text : null, answer: answer ?? null }
}

/** Whether a value tells that there is something: not one of those with which programs say that there is nothing. */
const isSet = (value: Json | undefined): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value))

const isEnd = (object: JsonObject, { end }: CustomSettings): boolean =>
  end !== null && end.every(([way, value]) => JSON.stringify(follow(object, way)) === JSON.stringify(value))

const at = (object: JsonObject, { fields }: CustomSettings, field: Field): Json | undefined => {
  const way = fields[field]
  return way === undefined ? undefined : follow(object, way)
}

function follow(value: Json, way: readonly string[]): Json | undefined {
  let here: Json | undefined = value
  for (const name of way) {
    if (Array.isArray(here)) here = here[Number(name)]
    else here = isJsonObject(here) && Object.hasOwn(here, name) ? here[name] : undefined
  }
  return here
}

function worded(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (value === true || value === undefined) return 'it says no more'
  if (Array.isArray(value)) return value.map((one) => worded(one)).join(', ')
  const { message } = isJsonObject(value) ? value : {}
  return typeof message === 'string' ? message : JSON.stringify(value)
}
