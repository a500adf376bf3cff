import { OrchdError } from '../../base/errors.ts'
import type { AgentReport } from '../../ports/agents.ts'
import type { Client, HolderInfo, LogOptions, RunFact } from '../../ports/client.ts'
import type { GcLine } from '../../ports/gc.ts'
import { createCaller, errorOf, type Caller } from './call.ts'
import { fromWire, submissionType } from './wire.ts'

export type ClientOptions = { readonly socketPath: string; readonly version: string }

/** How long a holder that is well may be silent on each kind of call. It sends something every 15 s while a run is followed;
 * a submission may wait for a clone. */
const silenceMs = {
  answer: 60_000,
  submitted: 660_000,
  exported: 300_000,
  collected: 600_000,
  events: 60_000,
  log: null,
} as const

/** The holder behind its socket. Cheap to make: nothing is opened before the first call. */
export function createClient({ socketPath, version }: ClientOptions): Client {
  const caller = createCaller(socketPath, version)
  const get = <T>(path: string): Promise<T> => caller.json<T>(path, { silenceMs: silenceMs.answer })
  const post = <T>(path: string, body: unknown, more: { type?: string; silenceMs?: number } = {}): Promise<T> =>
    caller.json<T>(path, { method: 'POST', body, silenceMs: silenceMs.answer, ...more })
  return {
    async info() {
      const info = await get<HolderInfo>('/info')
      if (info.version === version) return info
      throw new OrchdError(
        'HOLDER_VERSION',
        `the holder (pid ${info.pid}) is orchd ${info.version}, this is ${version}`,
      )
    },
    submit: (submission) => post('/runs', submission, { type: submissionType, silenceMs: silenceMs.submitted }),
    runs: async (limit) => (await get<{ runs: Awaited<ReturnType<Client['runs']>> }>(`/runs?limit=${limit}`)).runs,
    run: (run) => get(runPath(run)),
    events: (run, lastEventId, signal) => readEvents(caller, `${runPath(run)}/events`, lastEventId, signal),
    eventsSoFar: (run, lastEventId, signal) =>
      readEvents(caller, `${runPath(run)}/events?follow=false`, lastEventId, signal),
    log: (run, step, options, signal) => readLog(caller, stepPath(run, step), options, signal),
    artifacts: async (run, step) =>
      (await get<{ artifacts: Awaited<ReturnType<Client['artifacts']>> }>(`${stepPath(run, step)}/artifacts`))
        .artifacts,
    decideGate: async (run, step, answer) =>
      void (await post(`${runPath(run)}/gates/${encodeURIComponent(step)}`, { ...answer })),
    decideLost: async (run, step, decision, by) => void (await post(`${stepPath(run, step)}/decide`, { decision, by })),
    diff: (run, step) => get(`${runPath(run)}/diff${step === null ? '' : `?step=${encodeURIComponent(step)}`}`),
    open: (run, step) => post(`${stepPath(run, step)}/open`, {}),
    retry: async (run, wish, by) => void (await post(`${runPath(run)}/retry`, { ...wish, by })),
    raiseBudget: async (run, more, by) => void (await post(`${runPath(run)}/budget`, { ...more, by })),
    release: (credential) => post('/credentials/release', { credential }),
    cancel: async (run, by, reason) => void (await post(`${runPath(run)}/cancel`, { by, reason })),
    explain: async (run, step) => (await get<{ explanation: string }>(`${stepPath(run, step)}/explain`)).explanation,
    trace: (run, options) =>
      options.export
        ? post(`${runPath(run)}/trace`, {}, { silenceMs: silenceMs.exported })
        : get(`${runPath(run)}/trace`),
    costs: (query) => {
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null)
      return get(`/costs?${new URLSearchParams(given).toString()}`)
    },
    agents: async ({ only, check }) => {
      const { agents } = check
        ? await post<{ agents: readonly AgentReport[] }>('/agents/check', { only }, { silenceMs: silenceMs.exported })
        : await get<{ agents: readonly AgentReport[] }>('/agents')
      return only === null ? agents : agents.filter(({ name }) => only.includes(name))
    },
    report: async (run, format) => {
      const { signal } = new AbortController()
      let text = ''
      const call = { signal, silenceMs: silenceMs.answer }
      for await (const part of caller.text(`${runPath(run)}/report?format=${format}`, call)) text += part
      return text
    },
    collect: (wish, signal) => readLines<GcLine>(caller, '/gc', wish, signal),
  }
}

const runPath = (run: string): string => `/runs/${encodeURIComponent(run)}`
const stepPath = (run: string, step: string): string => `${runPath(run)}/steps/${encodeURIComponent(step)}`

/** Server-sent events, as this holder writes them: blocks of lines, the fact in one `data` line. */
async function* readEvents(
  caller: Caller,
  path: string,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<RunFact> {
  const headers = { accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) }
  let rest = ''
  for await (const chunk of caller.text(path, { headers, signal, silenceMs: silenceMs.events })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) yield fromWire(line.slice('data: '.length))
  }
}

/** JSON, one value a line, and perhaps an error as the last. */
async function* readLines<T>(caller: Caller, path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  let rest = ''
  for await (const chunk of caller.text(path, { method: 'POST', body, signal, silenceMs: silenceMs.collected })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('{"type":"error"')) throw errorOf(line)
      yield JSON.parse(line) as T // a holder of our version writes what `ports/client.ts` says: others refuse us
    }
  }
}

async function* readLog(
  caller: Caller,
  path: string,
  { attempt, follow }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const query = new URLSearchParams()
  if (attempt !== null) query.set('attempt', String(attempt))
  if (follow) query.set('follow', 'true')
  yield* caller.text(`${path}/log?${query.toString()}`, { signal, silenceMs: silenceMs.log })
}
