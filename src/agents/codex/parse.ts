import type { JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { countAt, eventOf, firstTextAt, objectAt, objectsAt, textAt, wordAt } from '../cli/json-line.ts'
import type { AgentEvent, LineParser, ToolStatus } from '../events.ts'

/**
 * The stream of `codex exec --json`.
 *
 * What its own sandbox refuses leaves no event at all, only a line on standard error, and the turn is a success; why a
 * turn failed is told in words only.
 */
export const parseCodex: LineParser = (line) => {
  const event = eventOf(line)
  if (event === null) return ofOtherLine(line)
  switch (wordAt(event, 'type')) {
    case 'thread.started':
      return [{ type: 'started', session: textAt(event, 'thread_id') }]
    case 'item.started':
    case 'item.completed':
      return ofItem(objectAt(event, 'item'), event['type'] === 'item.started')
    case 'turn.completed':
      return [usage(event), { type: 'finished', outcome: 'success', cause: null, text: null, answer: null }]
    case 'turn.failed': {
      const text = textAt(objectAt(event, 'error'), 'message')
      return [{ type: 'finished', outcome: 'failure', cause: causeOf(null, text ?? ''), text, answer: null }]
    }
    case 'error': {
      const text = wordAt(event, 'message')
      // Not its end: that is told by the turn.
      return [/^reconnecting|waiting for network|retrying/i.test(text) ? { type: 'retry', message: text } : noise(text)]
    }
    default:
      return []
  }
}

/** `2026-11-26T12:54:00.465488Z ERROR codex_core::tools::router: error=patch rejected: ...` (0.169.0) */
const toolError = / ERROR codex_core::tools::router: error=(.+)$/

function ofOtherLine(line: string): readonly AgentEvent[] {
  const message = toolError.exec(line)?.[1]
  if (message === undefined || !/reject|denied|sandbox|bwrap/i.test(message)) return [noise(line)]
  return [{ type: 'permission', tool: message.startsWith('patch') ? 'apply_patch' : 'a command', message }]
}

const noise = (text: string): AgentEvent => ({ type: 'noise', text })

function ofItem(item: JsonObject, begins: boolean): readonly AgentEvent[] {
  const kind = wordAt(item, 'type')
  switch (kind) {
    case 'agent_message': {
      const text = textAt(item, 'text')
      return begins || text === null ? [] : [{ type: 'text', text }]
    }
    // Often no more than a warning, such as one about a model that it does not know.
    case 'error':
      return begins ? [] : [noise(wordAt(item, 'message'))]
    case 'command_execution':
    case 'file_change':
    case 'mcp_tool_call':
    case 'web_search':
      return ofTool(item, kind, begins)
    default:
      return []
  }
}

function ofTool(item: JsonObject, name: string, begins: boolean): readonly AgentEvent[] {
  const given = wordAt(item, 'status')
  const status: ToolStatus = begins ? 'started' : given === 'failed' || given === 'declined' ? 'failed' : 'succeeded'
  const paths = objectsAt(item, 'changes').map((change) => wordAt(change, 'path'))
  const detail = paths.length > 0 ? paths.join(' ') : firstTextAt(item, ['command', 'query', 'tool'])
  const tool: AgentEvent = { type: 'tool', id: wordAt(item, 'id'), name, status, detail }
  if (given !== 'declined') return [tool]
  return [tool, { type: 'permission', tool: textAt(item, 'command') ?? name, message: null }]
}

/** Of the whole thread, which is the turn as long as none is resumed; its input includes what was cached. */
function usage(event: JsonObject): AgentEvent {
  const counts = objectAt(event, 'usage')
  const [cacheRead, cacheWrite] = [countAt(counts, 'cached_input_tokens'), countAt(counts, 'cache_write_input_tokens')]
  return {
    type: 'usage',
    usage: {
      inputUncached: Math.max(0, countAt(counts, 'input_tokens') - cacheRead - cacheWrite),
      cacheRead,
      cacheWrite,
      output: countAt(counts, 'output_tokens'),
      reasoning: countAt(counts, 'reasoning_output_tokens'),
    },
    costUsd: null,
  }
}
