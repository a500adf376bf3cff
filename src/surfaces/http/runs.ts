import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import type { RunId } from '../../base/ids.ts'
import type { ReportFormat } from '../../ports/report.ts'
import { pagePolicy } from '../../report/html.ts'
import { reportFormats } from '../../report/report-text.ts'
import { responseOf, summaryOf } from '../../report/response.ts'
import type { HttpDeps } from './deps.ts'
import { factsAfter, positionOf, start, type FollowOptions } from './follow.ts'
import { countIn, flagIn, oneOf, queryOf } from './query.ts'
import { runOf } from './run-of.ts'
import type { Streams } from './streams.ts'
import { toWire } from './wire.ts'

const usuallyListed = 100
const mostListed = 10_000
/** Proxies and readers give up on a stream that is silent for a minute or so. */
const keepAliveMs = 15_000

const contentTypes = {
  json: 'application/json',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
} as const
const isFormat = (text: string): text is ReportFormat => text in contentTypes

/** `GET /runs`, `/runs/:run`, `/runs/:run/events`, `/runs/:run/report`, `/runs/:run/trace`. */
export function runRoutes(deps: HttpDeps, streams: Streams): Hono {
  const { engine } = deps
  return new Hono()
    .get('/', (context) => {
      const query = queryOf(context, oneOf('limit'))
      const rows = engine.list(countIn(query, 'limit', mostListed) ?? usuallyListed)
      return context.json({
        runs: rows.map((row) => summaryOf(row, row.finishedAt === null ? (engine.get(row.runId) ?? null) : null)),
      })
    })
    .get('/:run', (context) => {
      queryOf(context, oneOf())
      return context.json(responseOf(runOf(deps, context.req.param('run')), deps.now(), deps.lastSeq()))
    })
    .get('/:run/events', async (context) => {
      const { id, phase } = runOf(deps, context.req.param('run'))
      const query = queryOf(context, oneOf('after', 'follow'))
      const lastEventId = context.req.header('last-event-id') ?? query.get('after') ?? null
      const after = lastEventId === null ? start : positionOf(lastEventId)
      const follow = flagIn(query, 'follow', true)
      // An EventSource that has seen the end asks again after each end, until it is answered with 204.
      if (phase === 'finished' && lastEventId !== null && (await isNothingAfter(deps, id, after))) {
        return context.body(null, 204)
      }
      return streams.respond(context, 'text/event-stream', (signal) =>
        eventStream(deps, id, { after, follow, signal, idleMs: keepAliveMs }),
      )
    })
    .get('/:run/report', (context) => {
      const run = runOf(deps, context.req.param('run'))
      const format = queryOf(context, oneOf('format')).get('format') ?? 'json'
      if (!isFormat(format))
        throw new OrchdError('USAGE', `"format" must be one of ${reportFormats.join(', ')}, not "${format}"`)
      const headers = { 'content-type': contentTypes[format], 'content-security-policy': pagePolicy }
      return context.body(deps.report(run, format), 200, headers)
    })
    .on(['GET', 'POST'], '/:run/trace', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      queryOf(context, oneOf())
      return context.json(await deps.trace(id, { export: context.req.method === 'POST' }))
    })
}

/** Server-sent events: the facts with their ids, and comments while nothing happens. */
async function* eventStream(deps: HttpDeps, id: RunId, options: FollowOptions): AsyncGenerator<string> {
  yield `: run ${id}\n\n`
  for await (const facts of factsAfter(deps, id, options)) {
    if (facts.length === 0) yield ': still here\n\n'
    else yield facts.map((fact) => sse(fact.id, fact.type, JSON.stringify(toWire(fact, id)))).join('')
  }
}

/** JSON holds no line ends of its own, so one `data` line holds it all. */
const sse = (id: string, event: string, data: string): string => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`

async function isNothingAfter(deps: HttpDeps, id: RunId, after: FollowOptions['after']): Promise<boolean> {
  const { signal } = new AbortController()
  for await (const facts of factsAfter(deps, id, { after, follow: false, signal, idleMs: keepAliveMs })) {
    if (facts.length > 0) return false
  }
  return true
}
