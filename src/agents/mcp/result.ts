import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { numberAt, objectAt, objectOf, objectsAt, textAt } from '../cli/json-line.ts'
import { failed } from '../driver/failure.ts'
import type { AgentEvent, Finished } from '../events.ts'

/** What a tool has answered, as events. `result` is the answer to `tools/call`. */
export function eventsOf(result: JsonObject): readonly AgentEvent[] {
  const text = objectsAt(result, 'content')
    .filter((part) => part['type'] === 'text')
    .map((part) => textAt(part, 'text') ?? '')
    .join('\n')
    .trim()
  if (result['isError'] === true) return [failure(text === '' ? 'the tool failed, and gives no reason' : text)]
  const report = reportOf(text)
  if (report !== null) return ofReport(report)
  const answer = isJsonObject(result['structuredContent']) ? result['structuredContent'] : null
  return [...said(text), { type: 'finished', outcome: 'success', cause: null, text: null, answer }]
}

const said = (text: string): readonly AgentEvent[] => (text === '' ? [] : [{ type: 'text', text }])

const failure = (text: string): Finished => failed(causeOf(null, text), text)

/** What the `Agent` tool of `claude mcp serve` answers: one text that is an object. `null`: it is none. */
function reportOf(text: string): JsonObject | null {
  const object = objectOf(text)
  return object !== null && 'agentId' in object && Array.isArray(object['content']) ? object : null
}

/**
 * That agent has nobody to ask: each write is refused, its report says `completed` all the same, and counts lines that it
 * never wrote (seen with 2.1.330). Lines that it counts are therefore lines that were refused. Its tokens are those of its last
 * request only: unknown is better.
 */
function ofReport(report: JsonObject): readonly AgentEvent[] {
  const text = objectsAt(report, 'content')
    .map((part) => textAt(part, 'text') ?? '')
    .join('\n')
    .replace(toolsUsed, '')
    .trim()
  const stats = objectAt(report, 'toolStats')
  const lines = (numberAt(stats, 'linesAdded') ?? 0) + (numberAt(stats, 'linesRemoved') ?? 0)
  const refused: readonly AgentEvent[] = lines === 0 ? [] : [{ type: 'permission', tool: 'Edit', message: refusal }]
  const status = textAt(report, 'status')
  const isDone = status === 'completed'
  return [
    ...said(text),
    ...refused,
    isDone
      ? { type: 'finished', outcome: 'success', cause: null, text: text === '' ? null : text, answer: null }
      : failure(`it ended as "${status ?? 'unknown'}": ${text}`),
  ]
}

/** A list of tools, which is no part of its message. */
const toolsUsed = /^<tools-used-before-summary>[^<]*<\/tools-used-before-summary>/

const refusal = '"claude mcp serve" refuses every edit of its agents, and reports it as done'
