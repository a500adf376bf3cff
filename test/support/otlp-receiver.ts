import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { findProblems, spansIn, type ReceivedSpan } from './otlp-spans.ts'

/** How the receiver behaves from now on. */
export type Mood =
  | { readonly kind: 'well' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hanging' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'refusing'; readonly status: number }
  /** Answers 400 when a batch holds a span of this name. */
  | { readonly kind: 'picky'; readonly name: string }
  /** Takes all but the last spans of each batch, for good. */
  | { readonly kind: 'partial'; readonly rejected: number }

/** A real OTLP/HTTP receiver (JSON) on loopback, which keeps what it takes and may be ill in many ways. */
export class OtlpReceiver implements AsyncDisposable {
  mood: Mood = { kind: 'well' }
  /** In order of arrival, copies too. */
  readonly spans: ReceivedSpan[] = []
  /** The size of each batch that was taken. */
  readonly batches: number[] = []
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
  /** What was wrong with the form of a request. */
  readonly problems: string[] = []
  #server: Server | null = null
  #port = 0
  readonly #watchers = new Set<() => void>()

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver()
    await receiver.comeBack()
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1/traces`
  }

  /** Listens, on the port that it had before. */
  async comeBack(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response))
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
    this.#server = server
  }

  /** Closes the port: connections are refused from now on. */
  async die(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die()
  }

  /** Resolves once `holds` is true, looking again after each request; fails after `deadlineMs`. */
  until(holds: () => boolean, deadlineMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (holds()) done(resolve)
      }
      const late = setTimeout(
        () =>
          done(() => reject(new Error(`${this.spans.length} spans in ${this.requests.length} requests came in time`))),
        deadlineMs,
      )
      const done = (end: () => void): void => {
        clearTimeout(late)
        this.#watchers.delete(look)
        end()
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The spans without copies. @throws Error when two spans of one id are not equal byte by byte */
  distinct(): ReceivedSpan[] {
    const seen = new Map<string, ReceivedSpan>()
    for (const span of this.spans) {
      const id = `${span.traceId}/${span.spanId}`
      const former = seen.get(id)
      if (former !== undefined && former.bytes !== span.bytes) {
        throw new Error(`the copies of a span differ:\n${former.bytes}\n${span.bytes}`)
      }
      seen.set(id, span)
    }
    return [...seen.values()]
  }

  /** What is wrong with all that came: its form, and that parents and links lead to spans that came too. */
  findProblems(): string[] {
    return [...this.problems, ...findProblems(this.distinct())]
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => null)
    if (body === null) return
    const { mood } = this
    this.requests.push({ url: request.url ?? '', headers: request.headers })
    if (mood.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, mood.ms))
    if (mood.kind !== 'hanging') this.#take(body, request, response)
    for (const look of this.#watchers) look()
  }

  #take(body: string, request: IncomingMessage, response: ServerResponse): void {
    const { mood } = this
    const end = (status: number, answer: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    if (request.method !== 'POST' || request.url !== '/v1/traces')
      this.problems.push(`${request.method} ${request.url}`)
    if (request.headers['content-type'] !== 'application/json') this.problems.push('the content type is not JSON')
    if (mood.kind === 'refusing') return end(mood.status, {})
    let spans: ReceivedSpan[]
    try {
      spans = spansIn(JSON.parse(body))
    } catch (error) {
      this.problems.push(String(error))
      return end(400, {})
    }
    if (mood.kind === 'picky' && spans.some((span) => span.name === mood.name)) return end(400, {})
    const rejected = mood.kind === 'partial' ? mood.rejected : 0
    this.spans.push(...spans.slice(0, spans.length - rejected))
    this.batches.push(spans.length)
    end(200, rejected === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejected), errorMessage: 'too many' } })
  }
}
