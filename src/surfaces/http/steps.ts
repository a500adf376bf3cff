import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { stepId } from '../../base/ids.ts'
import type { Artifact } from '../../run/attempt-result.ts'
import { stepState } from '../../run/find.ts'
import type { RunState, StepState } from '../../run/state.ts'
import type { HttpDeps } from './deps.ts'
import { countIn, flagIn, oneOf, queryOf } from './query.ts'
import { runOf, unknownStep } from './run-of.ts'
import type { Streams } from './streams.ts'
import { Subscription } from './subscription.ts'

const mostAttempts = 100_000
/** Nothing but a change of the run wakes a reader of its log; this only keeps the wait finite. */
const longestWaitMs = 60_000

/** `GET /runs/:run/diff`, and `/runs/:run/steps/:step/log`, `/artifacts`, `/artifacts/PATH`, `/open` and `/explain`. */
export function stepRoutes(deps: HttpDeps, streams: Streams): Hono {
  return new Hono()
    .get('/:run/steps/:step/log', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const query = queryOf(context, oneOf('attempt', 'follow'))
      const newest = newestAttempt(run, step)
      const attempt = countIn(query, 'attempt', mostAttempts)
      if (attempt !== null && attempt > newest) {
        const had = newest === 0 ? 'none yet' : `${newest}`
        throw new OrchdError(
          'STEP_NOT_FOUND',
          `step "${step}" of run "${run.id}" has no attempt ${attempt}: it had ${had}`,
        )
      }
      const follow = flagIn(query, 'follow', false)
      return streams.respond(context, 'text/plain; charset=utf-8', (signal) =>
        follow && attempt === null
          ? wholeLog(deps, run, step, signal)
          : attemptLog(deps, run, step, attempt ?? newest, { follow, signal }),
      )
    })
    .get('/:run/steps/:step/artifacts', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      queryOf(context, oneOf())
      const artifacts = artifactsOf(run, step).map(({ path, sizeBytes, sha256 }) => ({
        path,
        size_bytes: sizeBytes,
        sha256,
        file: artifactFile(deps, run, step, path),
      }))
      return context.json({ run_id: run.id, step, artifacts })
    })
    .get('/:run/steps/:step/artifacts/:path{.+}', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const path = context.req.param('path')
      queryOf(context, oneOf())
      // Only what the journal names is ever opened.
      if (!artifactsOf(run, step).some((artifact) => artifact.path === path))
        throw new OrchdError('STEP_NOT_FOUND', `step "${step}" of run "${run.id}" has no artifact "${path}"`)
      const file = artifactFile(deps, run, step, path)
      return streams.respond(context, 'application/octet-stream', (signal) => partsOf(file, signal))
    })
    .get('/:run/diff', async (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = queryOf(context, oneOf('step')).get('step') ?? null
      if (step !== null) stateOf(run, step)
      return context.json({ run_id: run.id, ...(await deps.diff(run, step === null ? null : stepId(step))) })
    })
    .post('/:run/steps/:step/open', async (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      queryOf(context, oneOf())
      stateOf(run, step)
      return context.json(await deps.open(run, stepId(step)))
    })
    .get('/:run/steps/:step/explain', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      queryOf(context, oneOf())
      const explanation = deps.explain(run, step)
      if (explanation === null) throw unknownStep(run, step)
      return context.json({ run_id: run.id, step, explanation })
    })
}

function artifactsOf(run: RunState, step: string): readonly Artifact[] {
  const state = stateOf(run, step)
  return state.status === 'finished' ? state.artifacts : []
}

const artifactFile = ({ attemptFolder }: HttpDeps, run: RunState, step: string, path: string): string =>
  join(attemptFolder(run, step, newestAttempt(run, step)), 'artifacts', path)

async function* partsOf(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const part of createReadStream(file, { signal })) yield part
}

type ReadOptions = { readonly follow: boolean; readonly signal: AbortSignal }

async function* attemptLog(
  { readLog, attemptFolder, secretInputsOf }: HttpDeps,
  run: RunState,
  step: string,
  attempt: number,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  if (attempt > 0) yield* readLog(attemptFolder(run, step, attempt), { ...options, secretValues: secretInputsOf(run) })
}

/** The log of the newest attempt and of all that follow, until the step has ended; waits for the first one to begin. */
async function* wholeLog(
  deps: HttpDeps,
  first: RunState,
  step: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using changes = new Subscription(deps.engine, first.id, signal)
  let shown = Math.max(0, newestAttempt(first, step) - 1)
  while (!signal.aborted) {
    changes.take()
    const run = deps.engine.get(first.id) ?? first
    if (shown < newestAttempt(run, step)) {
      yield* attemptLog(deps, run, step, ++shown, { follow: true, signal })
      continue
    }
    if (run.phase === 'finished' || stateOf(run, step).status === 'finished') return
    await changes.wait(longestWaitMs)
  }
}

/** The number of the attempt that began last; 0 when none has. @throws OrchdError STEP_NOT_FOUND */
function newestAttempt(run: RunState, step: string): number {
  const state = stateOf(run, step)
  if (state.status === 'running') return state.attempt
  return 'past' in state ? state.past.count : 0
}

function stateOf(run: RunState, step: string): StepState {
  const state = stepState(run, stepId(step))
  if (state === undefined) throw unknownStep(run, step)
  return state
}
