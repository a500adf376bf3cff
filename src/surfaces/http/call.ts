import type { IncomingMessage } from 'node:http'
import { errorCatalogue, OrchdError, type ErrorCode } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import { versionHeader } from './wire.ts'

// Whoever imports it has Node load its whole fetch, which is among its exports: half of what a short command takes.
const { request } = process.getBuiltinModule('node:http')

export type Call = {
  readonly method?: 'GET' | 'POST'
  /** The media type of the body; JSON unless it says so. */
  readonly type?: string
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
  /** How long the holder may be silent; `null`: for ever. */
  readonly silenceMs: number | null
}

/** Calls to one holder. Whatever goes wrong is an `OrchdError`: the holder's own, or HOLDER_UNREACHABLE. */
export type Caller = {
  json<T>(path: string, call: Call): Promise<T>
  /** The text of an answer as it comes. Aborting ends it quietly, because whoever aborts knows. */
  text(path: string, call: Call & { readonly signal: AbortSignal }): AsyncGenerator<string>
}

/**
 * Each call has a connection of its own. A kept one saves 0.1 ms on a unix socket, but it may be one of a holder that
 * is gone, and then nobody knows whether a submission that failed on it was taken.
 */
export function createCaller(socketPath: string, version: string): Caller {
  const open = (path: string, call: Call, signal?: AbortSignal): Promise<IncomingMessage> => {
    const { method = 'GET', type = 'application/json', body, headers, silenceMs } = call
    const payload = body === undefined ? null : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath,
        agent: false,
        path: `/api/v1${path}`,
        method,
        headers: {
          [versionHeader]: version,
          ...headers,
          ...(payload === null ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }),
        },
        ...(signal === undefined ? {} : { signal }),
      })
      if (silenceMs !== null) {
        sent.setTimeout(silenceMs, () => sent.destroy(new Error(`it was silent for ${silenceMs / 1000} s`)))
      }
      // Stays for errors after the answer has begun, which its reader is told of too.
      sent.on('error', (error) => reject(unreachable(error, socketPath)))
      sent.once('response', (response) => {
        if ((response.statusCode ?? 500) < 300) resolve(response)
        else refusal(response).then(reject, reject)
      })
      sent.end(payload)
    })
  }
  const read = async function* (response: IncomingMessage): AsyncGenerator<string> {
    response.setEncoding('utf8')
    try {
      for await (const chunk of response) yield String(chunk)
    } catch (error) {
      throw unreachable(error, socketPath)
    }
  }
  const whole = async (response: IncomingMessage): Promise<string> => {
    let text = ''
    for await (const chunk of read(response)) text += chunk
    return text
  }
  const refusal = async (response: IncomingMessage): Promise<OrchdError> =>
    errorIn(await whole(response), response.statusCode ?? 500)

  return {
    async json<T>(path: string, call: Call): Promise<T> {
      const text = await whole(await open(path, call))
      try {
        return JSON.parse(text) as T // a holder of our version gives what `ports/client.ts` says: others refuse us
      } catch (cause) {
        throw new OrchdError('INTERNAL', `the holder's answer to ${path} is not JSON`, { cause })
      }
    },
    async *text(path, { signal, ...call }) {
      try {
        yield* read(await open(path, call, signal))
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}

/** What errors of the system say about a socket at which nobody listens. */
const nobodyListens = new Set(['ENOENT', 'ECONNREFUSED'])

function unreachable(error: unknown, socketPath: string): OrchdError {
  if (error instanceof OrchdError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (nobodyListens.has(code)) {
    return new OrchdError('HOLDER_UNREACHABLE', `nobody listens at "${socketPath}"`, { cause: error })
  }
  const why = code === 'EACCES' ? 'it belongs to another user' : error instanceof Error ? error.message : String(error)
  return new OrchdError('HOLDER_UNREACHABLE', `the holder at "${socketPath}" was lost: ${why}`, { cause: error })
}

/** An RFC 9457 problem of the holder, as the error that it was there. */
function errorIn(text: string, status: number): OrchdError {
  const { code, detail, help, at } = problemIn(text)
  const known = typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
  return new OrchdError(
    known ? (code as ErrorCode) : 'INTERNAL', // a key of the catalogue, as just checked
    typeof detail === 'string' ? detail : `the holder answered ${status}`,
    { ...(typeof help === 'string' ? { help } : {}), ...(isPath(at) ? { at } : {}) },
  )
}

const isPath = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((part) => typeof part === 'string')

/** An error that came as a line of a stream. */
export function errorOf(line: string): OrchdError {
  const { message, ...rest } = problemIn(line)
  return errorIn(JSON.stringify({ ...rest, detail: message }), 500)
}

function problemIn(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {} // not a problem of ours: the status says what is known
  }
}
