import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { responseOf, summaryOf } from '../../report/response.ts'
import { runOf, type HttpDeps } from './app.ts'
import { factsFrom } from './follow.ts'
import { toWire } from './wire.ts'

const mostListed = 10_000
const keepAliveMs = 15_000

/** `GET /runs`, `/runs/:run`, `/runs/:run/events`, `/runs/:run/trace`. */
export function runRoutes(deps: HttpDeps): Hono {
  const { engine, history } = deps
  return new Hono()
    .get('/', (context) => {
      const limit = Math.min(Number(context.req.query('limit') ?? 100) || 100, mostListed)
      const rows = engine.list(limit)
      return context.json({
        runs: rows.map((row) => summaryOf(row, row.finishedAt === null ? (engine.get(row.runId) ?? null) : null)),
      })
    })
    .get('/:run', (context) => {
      const run = runOf(deps, context.req.param('run'))
      return context.json(responseOf(run, deps.now(), history(run.id).at(-1)?.seq ?? null))
    })
    .get('/:run/events', (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const lastEventId = context.req.header('last-event-id') ?? context.req.query('after') ?? null
      const follow = context.req.query('follow') !== 'false'
      return streamSSE(context, async (stream) => {
        const stop = new AbortController()
        stream.onAbort(() => stop.abort())
        const keepAlive = setInterval(() => void stream.write(': still here\n\n'), keepAliveMs)
        try {
          for await (const fact of factsFrom(deps, id, { lastEventId, follow, signal: stop.signal })) {
            if (stop.signal.aborted) return
            await stream.writeSSE({ id: fact.id, event: fact.type, data: JSON.stringify(toWire(fact, id)) })
          }
        } finally {
          clearInterval(keepAlive)
        }
      })
    })
    .on(['GET', 'POST'], '/:run/trace', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      return context.json(await deps.trace(id, { export: context.req.method === 'POST' }))
    })
}
