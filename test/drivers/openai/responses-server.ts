import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isJsonObject, type JsonObject } from '../../../src/base/json.ts'

/** What the service does with one request. */
export type Reply =
  | { readonly output: readonly JsonObject[]; readonly incomplete?: string; readonly untold?: boolean }
  | { readonly status: number; readonly error?: JsonObject; readonly headers?: { readonly [name: string]: string } }
  | { readonly failed: JsonObject }
  /** The connection breaks in the middle of the stream, or the stream just ends there. */
  | { readonly broken: 'connection' | 'stream' }
  /** It says nothing, from the beginning or in the middle of the stream. */
  | { readonly silent: 'at once' | 'in the stream' }

/**
 * A stand-in for the Responses API, streamed. It is as strict as the service with what goes on from an earlier response:
 * that one must be there, and all of its calls answered.
 */
export class ResponsesServer implements AsyncDisposable {
  readonly requests: JsonObject[] = []
  readonly headers: IncomingMessage['headers'][] = []
  /** What is told of each response that comes to an end. */
  usage: JsonObject | null = {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 300, cache_write_tokens: 50 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 7 },
    total_tokens: 1020,
  }
  /** Whether it keeps responses. */
  keeps = true
  /** Whether it says what it has kept. */
  tells = true
  readonly #replies: Reply[]
  readonly #kept = new Map<string, JsonObject>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  constructor(...replies: Reply[]) {
    this.#replies = replies
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()))
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`
  }

  next(...replies: Reply[]): void {
    this.#replies.push(...replies)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const { method = '', url = '' } = request
    const known = this.#kept.get(url.replace('/v1/responses/', ''))
    if (method === 'GET' && !this.tells) return
    if (method === 'GET') return known === undefined ? refuse(response, 404, notFound(url)) : send(response, 200, known)
    if (method !== 'POST' || url !== '/v1/responses') return refuse(response, 404, notFound(url))
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (!isJsonObject(body)) return refuse(response, 400, { message: 'the body is no object' })
    this.requests.push(body)
    this.headers.push(request.headers)
    const wrong = this.#whyNot(body)
    if (wrong !== null) return refuse(response, 400, { message: wrong, code: 'invalid_request' })
    const reply = this.#replies.shift() ?? { output: [message('Done.')] }
    if ('silent' in reply && reply.silent === 'at once') return
    if ('status' in reply) return refuse(response, reply.status, reply.error ?? { message: 'refused' }, reply.headers)
    this.#stream(response, reply)
  }

  /** Why a request does not go on from what it says that it goes on from. */
  #whyNot({ previous_response_id: previous = null, input }: JsonObject): string | null {
    const before = typeof previous === 'string' ? this.#kept.get(previous) : undefined
    if (previous !== null && before === undefined)
      return `Previous response with id '${JSON.stringify(previous)}' not found.`
    const items = [...outputOf(before), ...(Array.isArray(input) ? input : [])].filter(isJsonObject)
    const answered = new Set(items.filter(({ type }) => endsIn(type, '_output')).map(callId))
    const missing = items.find((item) => endsIn(item['type'], '_call') && !answered.has(callId(item)))
    return missing === undefined ? null : `No tool output found for call ${String(callId(missing))}.`
  }

  #stream(response: ServerResponse, reply: Exclude<Reply, { readonly status: number }>): void {
    const id = `resp_${this.requests.length}`
    const event = (type: string, data: JsonObject): void =>
      void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
    const base = { id, object: 'response', status: 'in_progress', output: [] }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    event('response.created', { response: base })
    if ('silent' in reply) return
    if ('broken' in reply) {
      event('response.output_text.delta', { delta: 'I was going to' })
      if (reply.broken === 'stream') response.end()
      else setImmediate(() => response.destroy())
      return
    }
    const usage = this.usage
    if ('failed' in reply) {
      event('response.failed', { response: { ...base, status: 'failed', error: reply.failed, usage } })
      response.end()
      return
    }
    const { output, incomplete, untold = false } = reply
    for (const item of output) event('response.output_item.done', { item })
    const status = incomplete === undefined ? 'completed' : 'incomplete'
    const details = incomplete === undefined ? {} : { incomplete_details: { reason: incomplete } }
    const whole = { ...base, status, output: untold ? [] : output, usage, ...details }
    if (this.keeps) this.#kept.set(id, { ...whole, output })
    event(`response.${status}`, { response: whole })
    response.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const notFound = (url: string): JsonObject => ({ message: `${url} not found` })
const endsIn = (value: unknown, end: string): boolean => typeof value === 'string' && value.endsWith(end)
const callId = (item: JsonObject): unknown => item['call_id'] ?? item['id']
const outputOf = (response: JsonObject | undefined): readonly unknown[] => {
  const output = response?.['output']
  return Array.isArray(output) ? output : []
}

function send(response: ServerResponse, status: number, body: JsonObject, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

const refuse = (response: ServerResponse, status: number, error: JsonObject, headers = {}): void =>
  send(response, status, { error }, headers)

export const message = (text: string): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

let calls = 0

export const shellCall = (commands: readonly string[], action: JsonObject = {}): JsonObject => ({
  type: 'shell_call',
  id: 'sh_1',
  call_id: `call_${++calls}`,
  status: 'completed',
  action: { commands, timeout_ms: null, max_output_length: null, ...action },
})

export const patchCall = (operation: JsonObject): JsonObject => ({
  type: 'apply_patch_call',
  id: 'ap_1',
  call_id: `call_${++calls}`,
  status: 'completed',
  operation,
})

export const functionCall = (name: string, given: JsonObject): JsonObject => ({
  type: 'function_call',
  id: 'fc_1',
  call_id: `call_${++calls}`,
  name,
  arguments: JSON.stringify(given),
  status: 'completed',
})
