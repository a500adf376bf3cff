import { Worker } from 'node:worker_threads'
import type { SpanRecord } from './span.ts'

export type ExporterSettings = {
  /** Where spans are posted (OTLP over HTTP, as JSON), `/v1/traces` included. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly serviceVersion: string
  /** `service.instance.id`: the same for all holders of a state folder, or copies of a span would differ. */
  readonly instanceId: string | null
}

/**
 * `rejected`: spans of an accepted portion that the receiver threw away and will not take again (partial success).
 * `refused`: the receiver will not take these spans as they are; sending them again unchanged is of no use.
 */
export type SendResult =
  | { readonly accepted: true; readonly rejected: number }
  | { readonly accepted: false; readonly refused: boolean; readonly reason: string }

/** Sends spans, one portion at a time. Never throws: what goes wrong is a result. */
export type Exporter = {
  send(spans: readonly SpanRecord[]): Promise<SendResult>
  /** Loads what sending needs, so that the first portion does not wait for it. */
  warm(): void
  /** Ends at once; a portion that is under way has failed. */
  close(): Promise<void>
}

/** Longer than the SDK's own limit of 10 s for a request, and than its start on a busy machine. */
const answerMs = 40_000
/** The thread and its 20 MB go after this long without a span; starting it again costs 0.3 s of its own time. */
const idleMs = 30_000

const failed = (reason: string): SendResult => ({ accepted: false, refused: false, reason })
const nobodyWaits = (): void => {}

/**
 * Sends through the OpenTelemetry SDK in a thread of its own: loading the SDK takes a quarter of a second and encoding
 * a portion some milliseconds, none of which the engine's loop should wait for. The thread exists only while there are
 * spans to send, holds no process open, and takes the SDK's timers and sockets along when it ends.
 */
export class ThreadExporter implements Exporter {
  readonly #settings: ExporterSettings
  #thread: Worker | null = null
  #closed = false
  #idle: NodeJS.Timeout | undefined
  #answer: (result: SendResult) => void = nobodyWaits
  #queue: Promise<unknown> = Promise.resolve()

  constructor(settings: ExporterSettings) {
    this.#settings = settings
  }

  send(spans: readonly SpanRecord[]): Promise<SendResult> {
    const result = this.#queue.then(() => this.#send(spans))
    this.#queue = result
    return result
  }

  warm(): void {
    if (this.#closed || this.#thread !== null) return
    try {
      this.#started()
      this.#endWhenIdle()
    } catch {
      // No thread to be had: `send` will try again, and tell.
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#stop('the exporter is closed')
  }

  async #send(spans: readonly SpanRecord[]): Promise<SendResult> {
    if (this.#closed) return failed('the exporter is closed')
    clearTimeout(this.#idle)
    const { promise, resolve } = Promise.withResolvers<SendResult>()
    this.#answer = resolve
    const late = setTimeout(() => void this.#stop('no answer from the exporter'), answerMs)
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#started().postMessage(spans)
    } catch (error) {
      resolve(failed(`the exporter did not start: ${String(error)}`))
    }
    const result = await promise
    clearTimeout(late)
    this.#endWhenIdle()
    return result
  }

  #started(): Worker {
    if (this.#thread !== null) return this.#thread
    const options = { workerData: this.#settings, execArgv: [], stdout: true, stderr: true }
    const thread = new Worker(threadFile, options)
    thread.unref()
    thread.stdout.resume() // the program's own stdout is for data: nothing of the SDK may get there
    thread.stderr.resume()
    thread.on('message', (result: SendResult) => this.#answer(result))
    const ended = (reason: string): void => {
      if (this.#thread !== thread) return
      this.#thread = null
      this.#answer(failed(reason))
    }
    thread.on('error', (error) => ended(`the exporter broke: ${String(error)}`))
    thread.on('exit', () => ended('the exporter ended'))
    this.#thread = thread
    return thread
  }

  async #stop(reason: string): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = null
    this.#answer(failed(reason))
    await thread?.terminate()
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle)
    if (!this.#closed) this.#idle = setTimeout(() => void this.#stop('idle'), idleMs).unref()
  }
}

/** The thread's entry beside this file: TypeScript in the source tree, JavaScript in a release. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './export-worker.ts' : './export-worker.js',
  import.meta.url,
)
