import type { Context } from 'hono'
import type { ServerResponse } from 'node:http'
import { OrchdError } from '../../base/errors.ts'

/** Readers that may follow at a time (security.md D27). */
const mostStreams = 256

/** Answers that come in parts, perhaps for days. Parts are made only as fast as the reader takes them. */
export class Streams {
  #open = 0
  readonly #warn: ((error: OrchdError) => void) | undefined

  constructor(warn?: (error: OrchdError) => void) {
    this.#warn = warn
  }

  /**
   * @param parts is not begun before the reader wants the first part; its signal aborts when the reader goes away
   * @throws OrchdError STREAMS_FULL
   */
  respond(
    context: Context,
    contentType: string,
    parts: (signal: AbortSignal) => AsyncGenerator<string | Uint8Array>,
  ): Response {
    if (this.#open >= mostStreams) throw new OrchdError('STREAMS_FULL', `${mostStreams} readers follow already`)
    const stop = new AbortController()
    let left: AsyncGenerator<string | Uint8Array> | null = null
    const begin = (): AsyncGenerator<string | Uint8Array> => {
      this.#open++
      stop.signal.addEventListener('abort', () => this.#open--, { once: true })
      return parts(stop.signal)
    }
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          left ??= begin()
          const part = await left.next().catch((error: unknown) => this.#cut(context, error))
          if (stop.signal.aborted) return
          if (part.done !== true) return controller.enqueue(bytesOf(part.value))
          stop.abort()
          controller.close()
        },
        cancel: async () => {
          stop.abort()
          await left?.return(undefined)
        },
      },
      { highWaterMark: 0 },
    )
    return context.newResponse(body, 200, { 'content-type': contentType })
  }

  /** A stream that breaks must not look like one that ended: its connection goes away in the middle. */
  #cut(context: Context, error: unknown): { readonly done: true } {
    const ours = error instanceof OrchdError
    this.#warn?.(ours ? error : new OrchdError('INTERNAL', String(error), { cause: error }))
    outgoingOf(context)?.destroy()
    return { done: true }
  }
}

/** The response underneath, when the app is served by node and not called by a test. */
function outgoingOf(context: Context): ServerResponse | undefined {
  // What `getRequestListener` of @hono/node-server gives as `env` (its `HttpBindings`).
  return (context.env as { readonly outgoing?: ServerResponse } | undefined)?.outgoing
}

const encoder = new TextEncoder()
const bytesOf = (part: string | Uint8Array): Uint8Array => (typeof part === 'string' ? encoder.encode(part) : part)
