import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { OrchdError } from '../../base/errors.ts'
import { stepId } from '../../base/ids.ts'
import type { RunState } from '../../run/state.ts'
import { stepState } from '../../run/state.ts'
import { runOf, type HttpDeps } from './app.ts'

/** `GET /runs/:run/steps/:step/log` and `/explain`. */
export function stepRoutes(deps: HttpDeps): Hono {
  return new Hono()
    .get('/:run/steps/:step/log', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const attempt = attemptIn(run, step, context.req.query('attempt'))
      const follow = context.req.query('follow') === 'true'
      context.header('content-type', 'text/plain; charset=utf-8')
      if (attempt === 0) return context.body('')
      const folder = deps.attemptFolder(run, step, attempt)
      return stream(context, async (out) => {
        const stop = new AbortController()
        out.onAbort(() => stop.abort())
        for await (const chunk of deps.readLog(folder, { follow, signal: stop.signal })) {
          if (stop.signal.aborted) return
          await out.write(chunk)
        }
      })
    })
    .get('/:run/steps/:step/explain', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const explanation = deps.explain(run, step)
      if (explanation === null) throw unknownStep(run, step)
      return context.json({ run_id: run.id, step, explanation })
    })
}

/** The attempt that is asked for: by default the newest, 0 when there is none yet. */
function attemptIn(run: RunState, step: string, asked: string | undefined): number {
  const state = stepState(run, stepId(step))
  if (state === undefined) throw unknownStep(run, step)
  const newest = state.status === 'running' ? state.attempt : 'past' in state ? state.past.count : 0
  if (asked === undefined) return newest
  const attempt = Number(asked)
  if (Number.isInteger(attempt) && attempt >= 1 && attempt <= newest) return attempt
  throw new OrchdError('STEP_NOT_FOUND', `step "${step}" of run "${run.id}" has no attempt ${asked}: it had ${newest}`)
}

const unknownStep = (run: RunState, step: string): OrchdError =>
  new OrchdError('STEP_NOT_FOUND', `run "${run.id}" has no step "${step}"`)
