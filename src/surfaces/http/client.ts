import { Agent, request, type IncomingMessage } from 'node:http'
import { isJsonObject } from '../../base/json.ts'
import { errorCatalogue, OrchdError, type ErrorCode } from '../../base/errors.ts'
import type { Client, HolderInfo, LogOptions, RunFact } from '../../ports/client.ts'
import { fromWire, submissionType, versionHeader } from './wire.ts'

export type ClientOptions = { readonly socketPath: string; readonly version: string }
type Call = {
  readonly method?: string
  readonly type?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

/** The holder behind its socket. Cheap to make: nothing is opened before the first call. */
export function createClient({ socketPath, version }: ClientOptions): Client {
  const agent = new Agent({ keepAlive: true })

  const open = (path: string, call: Call = {}): Promise<IncomingMessage> => {
    const { method = 'GET', type = 'application/json', body, headers, signal } = call
    const payload = body === undefined ? null : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath,
        agent,
        path: `/api/v1${path}`,
        method,
        headers: { [versionHeader]: version, ...headers, ...(payload === null ? {} : { 'content-type': type }) },
        ...(signal === undefined ? {} : { signal }),
      })
      sent.once('error', (error) => reject(unreachable(error, socketPath)))
      sent.once('response', (response) => {
        if ((response.statusCode ?? 500) < 300) resolve(response)
        else readAll(response).then((text) => reject(problem(text, response.statusCode ?? 500)), reject)
      })
      sent.end(payload)
    })
  }
  // The routes give what `ports/client.ts` says: `info` has refused a holder of another version.
  const ask = async <T>(path: string, call?: Call): Promise<T> => JSON.parse(await readAll(await open(path, call))) as T
  const post = <T>(path: string, body: unknown, type?: string): Promise<T> =>
    ask<T>(path, { method: 'POST', body, ...(type === undefined ? {} : { type }) })
  const stepPath = (run: string, step: string): string =>
    `/runs/${encodeURIComponent(run)}/steps/${encodeURIComponent(step)}`
  const runPath = (run: string): string => `/runs/${encodeURIComponent(run)}`

  return {
    async info() {
      const info = await ask<HolderInfo>('/info')
      if (info.version !== version) {
        throw new OrchdError(
          'HOLDER_VERSION',
          `the holder (pid ${info.pid}) is orchd ${info.version}, this is ${version}`,
        )
      }
      return info
    },
    submit: (submission) => post('/runs', submission, submissionType),
    runs: async (limit) => (await ask<{ runs: Awaited<ReturnType<Client['runs']>> }>(`/runs?limit=${limit}`)).runs,
    run: (run) => ask(runPath(run)),
    events: (run, lastEventId, signal) => readEvents(open, runPath(run), lastEventId, signal),
    log: (run, step, options, signal) => readLog(open, stepPath(run, step), options, signal),
    decideGate: async (run, step, answer) =>
      void (await post(`${runPath(run)}/gates/${encodeURIComponent(step)}`, answer)),
    decideLost: async (run, step, decision, by) => void (await post(`${stepPath(run, step)}/decide`, { decision, by })),
    cancel: async (run, by, reason) => void (await post(`${runPath(run)}/cancel`, { by, reason })),
    explain: async (run, step) => (await ask<{ explanation: string }>(`${stepPath(run, step)}/explain`)).explanation,
    trace: (run, options) => ask(`${runPath(run)}/trace`, options.export ? { method: 'POST', body: {} } : {}),
  }
}

type Open = (path: string, call?: Call) => Promise<IncomingMessage>

async function* readEvents(
  open: Open,
  path: string,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<RunFact> {
  const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) }
  let rest = ''
  for await (const chunk of chunksOf(await open(`${path}/events`, { headers, signal }), signal)) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = block
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => line.slice(6))
        .join('\n')
      if (data !== '') yield fromWire(JSON.parse(data))
    }
  }
}

async function* readLog(open: Open, path: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<string> {
  const query = new URLSearchParams()
  if (options.attempt !== null) query.set('attempt', String(options.attempt))
  if (options.follow) query.set('follow', 'true')
  yield* chunksOf(await open(`${path}/log?${query}`, { signal }), signal)
}

/** The text of a response as it comes; an abort ends it quietly, because whoever aborted knows. */
async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) yield String(chunk)
  } catch (error) {
    if (!signal.aborted)
      throw new OrchdError('HOLDER_UNREACHABLE', 'the holder went away in the middle of an answer', { cause: error })
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

function unreachable(error: Error, socketPath: string): unknown {
  if (error.name === 'AbortError') return error
  return new OrchdError('HOLDER_UNREACHABLE', `nobody answers at "${socketPath}"`, { cause: error })
}

/** An RFC 9457 problem of the holder, as the error that it was there. */
function problem(text: string, status: number): OrchdError {
  const body = parsed(text)
  const { code, detail, help } = isJsonObject(body) ? body : {}
  const known = typeof code === 'string' && code in errorCatalogue
  return new OrchdError(
    known ? (code as ErrorCode) : 'INTERNAL', // a key of the catalogue, as just checked
    typeof detail === 'string' ? detail : `the holder answered ${status}`,
    typeof help === 'string' ? { help } : {},
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // not a problem of ours: the status says what is known
  }
}
