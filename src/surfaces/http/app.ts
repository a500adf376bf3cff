import { Hono } from 'hono'
import type { Diagnostic } from '../../base/diagnostic.ts'
import { OrchdError } from '../../base/errors.ts'
import type { Instant, RunId } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Plan } from '../../plan/plan.ts'
import type { HolderInfo, TraceInfo } from '../../ports/client.ts'
import type { Engine } from '../../ports/engine.ts'
import type { LogReader } from '../../ports/logs.ts'
import type { JournalEvent, PlanSource, Simulate } from '../../run/event.ts'
import type { RunState } from '../../run/state.ts'
import { decisionRoutes } from './decisions.ts'
import { problemOf } from './problem.ts'
import { runRoutes } from './runs.ts'
import { stepRoutes } from './steps.ts'
import { submitRoutes } from './submit.ts'
import { versionHeader } from './wire.ts'

/** What the routes need from the holder. */
export type HttpDeps = {
  readonly engine: Engine
  readonly readLog: LogReader
  now(): Instant
  info(): HolderInfo
  /** All events of a run, in order. */
  history(runId: RunId): readonly JournalEvent[]
  /** The folder of an attempt, for its log. */
  attemptFolder(run: RunState, step: string, attempt: number): string
  explain(run: RunState, step: string): string | null
  trace(runId: RunId, options: { readonly export: boolean }): Promise<TraceInfo>
  checkPlan(bytes: Uint8Array, inputs: { readonly [name: string]: Json }, simulate: Simulate): CheckedBody
}

export type CheckedBody = {
  readonly plan: Plan | null
  readonly inputs: JsonObject
  readonly source: PlanSource
  readonly diagnostics: readonly Diagnostic[]
}

/** The routes of the holder, design section 8. Guards of a TCP port (Host, Origin, token) go in front of it. */
export function createApp(deps: HttpDeps): Hono {
  const app = new Hono()
  app.onError((error, context) => problemOf(context, error))
  app.notFound((context) =>
    problemOf(context, new OrchdError('ROUTE_NOT_FOUND', `no ${context.req.method} ${context.req.path}`)),
  )
  app.get('/healthz', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => context.text('ok\n'))
  app.use('/api/v1/*', async (context, next) => {
    const theirs = context.req.header(versionHeader)
    const { version } = deps.info()
    // `info` answers any version: it is how another one is found out.
    if (theirs !== undefined && theirs !== version && !context.req.path.endsWith('/info')) {
      throw new OrchdError('HOLDER_VERSION', `the holder is orchd ${version}, the caller ${theirs}`)
    }
    await next()
  })
  app.get('/api/v1/info', (context) => context.json(deps.info()))
  app.route('/api/v1/runs', submitRoutes(deps))
  app.route('/api/v1/runs', runRoutes(deps))
  app.route('/api/v1/runs', stepRoutes(deps))
  app.route('/api/v1/runs', decisionRoutes(deps))
  return app
}

/** The run that a route names, by id or unique prefix. @throws OrchdError RUN_NOT_FOUND, RUN_AMBIGUOUS */
export function runOf({ engine }: Pick<HttpDeps, 'engine'>, name: string): RunState {
  const run = engine.get(engine.resolve(name))
  if (run === undefined) throw new OrchdError('RUN_NOT_FOUND', `no run "${name}"`)
  return run
}
