import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import { messagesReply } from './messages.ts'
import { responsesReply } from './responses.ts'
import type { Tokens, Turn } from './turn.ts'

/** The script of a prompt stands between these marks. */
export const scripted = (turns: readonly Turn[]): string => `Do as the script says. <<<${JSON.stringify(turns)}>>>`

const script = /<<<(\[.*?\])>>>/s

/**
 * A model's service on loopback that speaks Anthropic Messages and OpenAI Responses, streamed: what its model does is in
 * the prompt, so that real agents work without a key, a network or a bill.
 */
export class ModelServer implements AsyncDisposable {
  /** Answers everything with this status while it is set. */
  failing: number | null = null
  /** Answers nothing while it is set. */
  silent = false
  requests = 0
  /** What it has told of all its answers together. */
  readonly tokens: { input: number; cached: number; output: number } = { input: 0, cached: 0, output: 0 }
  /** Values of the header `traceparent`, of the requests that had one. */
  readonly traceparents: Set<string> = new Set<string>()
  /** What was said up to each response, for those who go on from it. */
  readonly #said = new Map<string, readonly Json[]>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()))
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  forget(): void {
    this.requests = 0
    Object.assign(this.tokens, { input: 0, cached: 0, output: 0 })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const path = new URL(request.url ?? '/', 'http://model').pathname
    const isMessages = path === '/v1/messages'
    if (request.method !== 'POST' || (!isMessages && path !== '/v1/responses')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
      return
    }
    this.requests++
    const { traceparent } = request.headers
    if (typeof traceparent === 'string') this.traceparents.add(traceparent)
    if (this.silent) return
    if (this.failing !== null) {
      response.writeHead(this.failing, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ type: 'error', error: { type: 'error', message: `refused with ${this.failing}` } }))
      return
    }
    const given: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (!isJsonObject(given)) throw new Error('the body is no object')
    const body = this.#whole(given)
    const turns = turnsOf(body)
    const done = turnsDone(body)
    const turn: Turn = turns[done] ?? { do: 'say', text: 'Done.' }
    const tokens: Tokens = { input: 1000 + done, cached: 100, output: 20 + done }
    this.tokens.input += tokens.input
    this.tokens.cached += tokens.cached
    this.tokens.output += tokens.output
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    const reply = isMessages ? messagesReply(turn, tokens, body) : responsesReply(turn, tokens, body)
    const { id } = isJsonObject(reply[0]?.[1]['response']) ? reply[0][1]['response'] : {}
    if (typeof id === 'string' && Array.isArray(body['input'])) this.#said.set(id, body['input'])
    for (const [event, data] of reply) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    response.end()
  }

  /** With what was said before, where a request goes on from a response. */
  #whole(body: JsonObject): JsonObject {
    const { previous_response_id: previous, input } = body
    const before = typeof previous === 'string' ? (this.#said.get(previous) ?? []) : []
    return Array.isArray(input) ? { ...body, input: [...before, ...input] } : body
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function turnsOf(body: JsonObject): readonly Turn[] {
  const text = textsIn(body['messages'] ?? body['input'] ?? null)
    .map((part) => script.exec(part)?.[1])
    .findLast((found) => found !== undefined)
  return text === undefined ? [] : JSON.parse(text)
}

/** Each result of a tool in the conversation is a turn that is over. */
function turnsDone(body: JsonObject): number {
  const kinds = new Set<Json>([
    'tool_result',
    'function_call_output',
    'custom_tool_call_output',
    'local_shell_call_output',
    'shell_call_output',
    'apply_patch_call_output',
  ])
  const count = (value: Json): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, item: Json) => sum + count(item), 0)
    if (!isJsonObject(value)) return 0
    return kinds.has(value['type'] ?? null)
      ? 1
      : Object.values(value).reduce<number>((sum, item) => sum + count(item), 0)
  }
  return count(body['messages'] ?? body['input'] ?? null)
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
  return children.flatMap((child: Json) => textsIn(child))
}
