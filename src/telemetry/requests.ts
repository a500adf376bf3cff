import { subscribe } from 'node:diagnostics_channel'
import type { SendResult } from './exporter.ts'

/**
 * Ends a send with its first failed request. The exporter would repeat the request for some seconds and tell only then;
 * repeating is the outbox's business, which knows when to stop. Nothing else in this process speaks HTTP.
 */
export class Requests {
  #count = 0
  #fail: (result: SendResult) => void = () => {}

  constructor() {
    subscribe('http.client.request.error', (event) => {
      this.#fail({ accepted: false, refused: false, reason: reasonOf(property(event, 'error')) })
    })
    subscribe('http.client.response.finish', (event) => {
      const status = Number(property(property(event, 'response'), 'statusCode'))
      if (status > 299) {
        this.#fail({ accepted: false, refused: status === 400 || status === 413, reason: `HTTP status ${status}` })
      }
    })
  }

  begin(): Promise<SendResult> {
    this.#count = 0
    const { promise, resolve } = Promise.withResolvers<SendResult>()
    this.#fail = resolve
    return promise
  }

  /** The exporter asks for the headers before each request, so this is where a second one is stopped. */
  async next(headers: { readonly [name: string]: string }): Promise<Record<string, string>> {
    this.#count++
    if (this.#count > 1) throw new Error('the outbox decides when to send again')
    return { ...headers }
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' && error.message === '' ? error.code : error.message
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
