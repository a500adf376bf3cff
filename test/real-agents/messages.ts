import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import type { Reply, Tokens, Turn } from './turn.ts'

/** A reply in the stream of Anthropic's Messages. */
export function messagesReply(turn: Turn, tokens: Tokens, { model = 'claude', tools = [] }: JsonObject): Reply {
  const tool = toolOf(turn, namesOf(tools))
  const start =
    tool === null ? { type: 'text', text: '' } : { type: 'tool_use', id: callId(), name: tool.name, input: {} }
  const delta =
    tool === null
      ? { type: 'text_delta', text: textOf(turn) }
      : { type: 'input_json_delta', partial_json: JSON.stringify(tool.input) }
  const usage = {
    input_tokens: tokens.input - tokens.cached,
    cache_read_input_tokens: tokens.cached,
    cache_creation_input_tokens: 0,
    output_tokens: 1,
  }
  const message = { id: callId(), type: 'message', role: 'assistant', model, content: [], stop_reason: null, usage }
  const end = { stop_reason: tool === null ? 'end_turn' : 'tool_use', stop_sequence: null }
  return [
    ['message_start', { type: 'message_start', message }],
    ['content_block_start', { type: 'content_block_start', index: 0, content_block: start }],
    ['content_block_delta', { type: 'content_block_delta', index: 0, delta }],
    ['content_block_stop', { type: 'content_block_stop', index: 0 }],
    ['message_delta', { type: 'message_delta', delta: end, usage: { output_tokens: tokens.output } }],
    ['message_stop', { type: 'message_stop' }],
  ]
}

/** By the tools that the agent offers: OpenCode has names and words of its own. */
function toolOf(turn: Turn, offered: ReadonlySet<Json>): { readonly name: string; readonly input: JsonObject } | null {
  const description = 'As the script says'
  switch (turn.do) {
    case 'write':
      return offered.has('write')
        ? { name: 'write', input: { filePath: turn.file, content: turn.text } }
        : { name: 'Write', input: { file_path: turn.file, content: turn.text } }
    case 'shell':
      return { name: offered.has('bash') ? 'bash' : 'Bash', input: { command: turn.command, description } }
    case 'answer':
      // What the schema asks for is an object.
      return offered.has('StructuredOutput') ? { name: 'StructuredOutput', input: turn.value as JsonObject } : null
    case 'say':
      return null
  }
}

const textOf = (turn: Turn): string =>
  turn.do === 'say' ? turn.text : turn.do === 'answer' ? JSON.stringify(turn.value) : ''

const namesOf = (tools: Json): ReadonlySet<Json> =>
  new Set(Array.isArray(tools) ? tools.map((tool: Json) => (isJsonObject(tool) ? (tool['name'] ?? null) : null)) : [])

let calls = 0
const callId = (): string => `toolu_${++calls}`
