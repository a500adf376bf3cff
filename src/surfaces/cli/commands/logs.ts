import { OrchdError } from '../../../base/errors.ts'
import type { RunResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { followFacts } from '../follow/facts.ts'
import { Session } from '../follow/session.ts'
import { onStop } from '../follow/stop.ts'
import { type LogSink, jsonSink, prefixedSink, rawSink } from '../view/log-sink.ts'
import { paletteFor } from '../view/palette.ts'
import { type ReadableLines, readableStream } from '../view/readable.ts'

export type LogsOptions = {
  readonly follow: boolean
  /** `null`: the last one, and those that follow. */
  readonly attempt: number | null
  readonly json: boolean
  readonly state: string | null
}

/** `orchd logs RUN [STEP]`: one step's output as it is, or that of all steps with the step's id in front of each line. */
export async function logs(deps: CliDeps, run: string, step: string | null, options: LogsOptions): Promise<number> {
  const { attempt, follow } = options
  if (attempt !== null && step === null) {
    throw new OrchdError('USAGE', '--attempt is about one step', { help: 'orchd logs RUN STEP --attempt N' })
  }
  await using session = await Session.open(deps, { state: options.state, mayHold: true, readOnly: true })
  const response = await session.client.run(run)
  const steps = stepsOf(response, step)
  const sink = sinkFor(deps, response, step, options)
  // For programs the log is what it is.
  const isForPeople = !options.json && deps.stdout.isTTY === true
  const show: Show = {
    session,
    run: response.run_id,
    sink,
    readable: (agent) => (isForPeople && agent !== null ? deps.readable(agent) : Promise.resolve(null)),
  }
  const stop = new AbortController()
  let code: number = exitCodes.ok
  const signals = onStop(deps.stdout, (reason) => {
    if (reason !== 'reader_gone') code = reason === 'SIGINT' ? exitCodes.cancelled : exitCodes.busy
    stop.abort()
  })
  try {
    const begun = steps.filter(({ attempts }) => attempts > 0)
    const live = follow && attempt === null && !session.holding && response.finished_at === null
    const running = begun.filter(({ status }) => live && status === 'running')
    for (const { id, agent } of begun) {
      if (running.some((one) => one.id === id)) continue
      await copy(show, id, agent, { attempt, follow: follow && !session.holding }, stop.signal)
    }
    if (live) await followOn(show, response, new Set(steps.map(({ id }) => id)), running, stop.signal)
    else if (follow && session.holding && response.finished_at === null) {
      deps.stderr.write(`nothing more comes while no orchd runs the engine: orchd resume ${response.run_id}\n`)
    }
  } finally {
    signals[Symbol.dispose]()
  }
  return code
}

function stepsOf({ run_id: run, steps }: RunResponse, step: string | null): RunResponse['steps'] {
  const chosen = step === null ? steps : steps.filter(({ id }) => id === step)
  if (step !== null && chosen.length === 0) throw new OrchdError('STEP_NOT_FOUND', `run ${run} has no step "${step}"`)
  return chosen
}

function sinkFor({ stdout, env }: CliDeps, response: RunResponse, step: string | null, { json }: LogsOptions): LogSink {
  if (json) return jsonSink(stdout, response.run_id)
  const paint = paletteFor(stdout, env)
  const width = Math.min(24, Math.max(0, ...response.steps.map(({ id }) => id.length)))
  return step === null ? prefixedSink(stdout, paint, width) : rawSink(stdout, paint)
}

type Show = {
  readonly session: Session
  readonly run: string
  readonly sink: LogSink
  readonly readable: (agent: string | null) => Promise<ReadableLines | null>
}

/** What runs now, and then every attempt that starts, until the steps or the run are over. */
async function followOn(
  show: Show,
  response: RunResponse,
  wanted: ReadonlySet<string>,
  running: RunResponse['steps'],
  signal: AbortSignal,
): Promise<void> {
  const enough = new AbortController()
  const open = new Set(
    response.steps.filter(({ id, status }) => wanted.has(id) && status !== 'finished').map(({ id }) => id),
  )
  if (open.size === 0) return
  const copies = running.map(({ id, agent, attempts }) =>
    copy(show, id, agent, { attempt: attempts, follow: true }, signal),
  )
  const either = AbortSignal.any([signal, enough.signal])
  for await (const fact of followFacts(show.session, show.run, response.last_event_id, either)) {
    if (fact.type === 'attempt_started' && wanted.has(fact.step)) {
      copies.push(copy(show, fact.step, fact.agent, { attempt: fact.attempt, follow: true }, signal))
    } else if (fact.type === 'step_finished') open.delete(fact.step)
    if (open.size === 0) break
  }
  enough.abort()
  await Promise.all(copies)
}

async function copy(
  { session, run, sink, readable }: Show,
  step: string,
  agent: string | null,
  options: { readonly attempt: number | null; readonly follow: boolean },
  signal: AbortSignal,
): Promise<void> {
  const writer = sink(step)
  const text = readableStream(await readable(agent))
  for await (const chunk of session.client.log(run, step, options, signal)) {
    if (signal.aborted) return
    writer.write(text.push(chunk))
  }
  writer.write(text.end())
  writer.end()
}
