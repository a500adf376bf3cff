import type { JsonObject } from '../../src/base/json.ts'
import type { Reply, Tokens, Turn } from './turn.ts'

/** A reply in the stream of Anthropic's Messages. */
export function messagesReply(turn: Turn, tokens: Tokens, { model = 'claude' }: JsonObject): Reply {
  const tool = toolOf(turn)
  const start =
    tool === null ? { type: 'text', text: '' } : { type: 'tool_use', id: callId(), name: tool.name, input: {} }
  const delta =
    tool === null
      ? { type: 'text_delta', text: turn.do === 'say' ? turn.text : '' }
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

function toolOf(turn: Turn): { readonly name: string; readonly input: JsonObject } | null {
  switch (turn.do) {
    case 'write':
      return { name: 'Write', input: { file_path: turn.file, content: turn.text } }
    case 'shell':
      return { name: 'Bash', input: { command: turn.command, description: 'As the script says' } }
    case 'answer':
      return { name: 'StructuredOutput', input: turn.value as JsonObject } // what the schema asks for is an object
    case 'say':
      return null
  }
}

let calls = 0
const callId = (): string => `toolu_${++calls}`
