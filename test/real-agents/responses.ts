import { basename } from 'node:path'
import type { JsonObject } from '../../src/base/json.ts'
import type { Reply, Tokens, Turn } from './turn.ts'

/** A reply in the stream of OpenAI's Responses. */
export function responsesReply(turn: Turn, tokens: Tokens, { model = 'gpt', tools = [] }: JsonObject): Reply {
  const item = nativeItem(turn, JSON.stringify(tools)) ?? itemOf(turn)
  const id = callId('resp')
  const usage = {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: tokens.cached },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: 7 },
    total_tokens: tokens.input + tokens.output,
  }
  const response = { id, object: 'response', model, status: 'in_progress', output: [] }
  return [
    ['response.created', { type: 'response.created', response }],
    ['response.output_item.done', { type: 'response.output_item.done', output_index: 0, item }],
    [
      'response.completed',
      { type: 'response.completed', response: { ...response, status: 'completed', output: [item], usage } },
    ],
  ]
}

/** For who has OpenAI's own tools; patches name files in the folder of the work. */
function nativeItem(turn: Turn, tools: string): JsonObject | null {
  if (!tools.includes('"type":"local"')) return null
  const call_id = callId('call')
  if (turn.do === 'shell') {
    const action = { commands: [turn.command], timeout_ms: null, max_output_length: null }
    return { type: 'shell_call', id: callId('sh'), call_id, status: 'completed', action }
  }
  if (turn.do !== 'write') return null
  const operation = { type: 'create_file', path: basename(turn.file), diff: lines(turn.text) }
  return { type: 'apply_patch_call', id: callId('ap'), call_id, status: 'completed', operation }
}

function itemOf(turn: Turn): JsonObject {
  switch (turn.do) {
    case 'write':
      return patch(`*** Begin Patch\n*** Add File: ${turn.file}\n${lines(turn.text)}*** End Patch\n`)
    case 'shell':
      return call('exec_command', { cmd: turn.command })
    case 'answer':
      return message(JSON.stringify(turn.value))
    case 'say':
      return message(turn.text)
  }
}

const lines = (text: string): string => text.trimEnd().replaceAll(/^/gm, '+') + '\n'

const patch = (input: string): JsonObject => ({
  type: 'custom_tool_call',
  id: callId('ctc'),
  call_id: callId('call'),
  name: 'apply_patch',
  input,
  status: 'completed',
})

const call = (name: string, input: JsonObject): JsonObject => ({
  type: 'function_call',
  id: callId('fc'),
  call_id: callId('call'),
  name,
  arguments: JSON.stringify(input),
  status: 'completed',
})

const message = (text: string): JsonObject => ({
  type: 'message',
  id: callId('msg'),
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

let calls = 0
const callId = (kind: string): string => `${kind}_${++calls}`
