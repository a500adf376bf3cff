import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { countAt, eventOf, firstTextAt, objectAt, objectsAt, textAt, wordAt } from '../cli/json-line.ts'
import type { AgentEvent, LineParser } from '../events.ts'

/** Cursor's `--output-format stream-json`, as its documents and public parsers describe it: it was never seen here. */
export const parseCursor: LineParser = (line) => {
  const event = eventOf(line)
  if (event === null) return [{ type: 'noise', text: line }]
  switch (wordAt(event, 'type')) {
    case 'system':
      return event['subtype'] === 'init' ? [{ type: 'started', session: textAt(event, 'session_id') }] : []
    case 'assistant': {
      const parts = objectsAt(objectAt(event, 'message'), 'content')
      const text = parts.map((part) => wordAt(part, 'text')).join('')
      return text === '' ? [] : [{ type: 'text', text }]
    }
    case 'tool_call':
      return ofTool(event)
    case 'result':
      return [...usage(event), finished(event)]
    default:
      return []
  }
}

/** `tool_call` has one member, named after the tool: `writeToolCall`, with `args` and, at its end, `result`. */
function ofTool(event: JsonObject): readonly AgentEvent[] {
  const [[key, call] = ['', null]] = Object.entries(objectAt(event, 'tool_call'))
  const name = key.replace(/ToolCall$/, '')
  const id = wordAt(event, 'call_id')
  const given = isJsonObject(call) ? objectAt(call, 'args') : {}
  const detail = firstTextAt(given, ['command', 'path', 'pattern', 'globPattern'])
  if (event['subtype'] === 'started') return [{ type: 'tool', id, name, status: 'started', detail }]
  if (event['subtype'] !== 'completed' || !isJsonObject(call)) return []
  const result = objectAt(call, 'result')
  const tool: AgentEvent = { type: 'tool', id, name, status: 'success' in result ? 'succeeded' : 'failed', detail }
  return 'rejected' in result ? [tool, { type: 'permission', tool: name, message: null }] : [tool]
}

function usage(event: JsonObject): readonly AgentEvent[] {
  const counts = event['usage']
  if (!isJsonObject(counts)) return []
  return [
    {
      type: 'usage',
      usage: {
        inputUncached: countAt(counts, 'inputTokens'),
        cacheRead: countAt(counts, 'cacheReadTokens'),
        cacheWrite: countAt(counts, 'cacheWriteTokens'),
        output: countAt(counts, 'outputTokens'),
        reasoning: 0,
      },
      costUsd: null,
    },
  ]
}

function finished(event: JsonObject): AgentEvent {
  const text = textAt(event, 'result')
  const isGood = event['is_error'] !== true && event['subtype'] === 'success'
  return {
    type: 'finished',
    outcome: isGood ? 'success' : 'failure',
    cause: isGood ? null : causeOf(null, text ?? ''),
    text,
    answer: null,
  }
}
