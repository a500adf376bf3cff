import { Hono, type MiddlewareHandler } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { agentRoutes } from './agents.ts'
import { costRoutes } from './costs.ts'
import { credentialRoutes } from './credentials.ts'
import { decisionRoutes } from './decisions.ts'
import type { HttpDeps } from './deps.ts'
import { gcRoutes } from './gc.ts'
import { problemOf } from './problem.ts'
import { runRoutes } from './runs.ts'
import { stepRoutes } from './steps.ts'
import { Streams } from './streams.ts'
import { requestRoutes } from './request.ts'
import { submitRoutes } from './submit.ts'
import { versionHeader } from './wire.ts'

export type AppOptions = {
  /** Runs before anything else, also before routing: where a TCP port checks Host, Origin and token (security.md D1-D3). */
  readonly guard?: MiddlewareHandler
}

/** The routes of the holder. @see docs/http.md */
export function createApp(deps: HttpDeps, { guard }: AppOptions = {}): Hono {
  const app = new Hono()
  const { warn } = deps
  app.onError((error, context) => {
    if (!(error instanceof OrchdError)) warn?.(new OrchdError('INTERNAL', error.message, { cause: error }))
    return problemOf(context, error)
  })
  app.notFound((context) => noRoute(app, context.req.method, context.req.path))
  if (guard !== undefined) app.use(guard)
  app.use(async (context, next) => {
    await next()
    context.header(versionHeader, deps.info().version)
    context.header('x-content-type-options', 'nosniff')
    context.header('cache-control', 'no-store')
  })
  app.get('/healthz', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => context.text('ok\n'))
  app.get('/api/v1/info', (context) => context.json(deps.info()))
  app.use('/api/v1/*', sameVersion(deps))
  const streams = new Streams(warn)
  app.route('/api/v1/runs', submitRoutes(deps))
  app.route('/api/v1/requests', requestRoutes(deps))
  app.route('/api/v1/runs', runRoutes(deps, streams))
  app.route('/api/v1/runs', stepRoutes(deps, streams))
  app.route('/api/v1/runs', decisionRoutes(deps))
  app.route('/api/v1/credentials', credentialRoutes(deps))
  app.route('/api/v1/costs', costRoutes(deps))
  app.route('/api/v1/agents', agentRoutes(deps))
  app.route('/api/v1/gc', gcRoutes(deps, streams))
  return app
}

/** Our own commands say who they are, and must be of the same version. `info` answers any: that is how one finds out. */
function sameVersion({ info }: HttpDeps): MiddlewareHandler {
  return async (context, next) => {
    const theirs = context.req.header(versionHeader)
    const { version } = info()
    if (theirs !== undefined && theirs !== version) {
      throw new OrchdError('HOLDER_VERSION', `the holder is orchd ${version}, the caller ${theirs}`)
    }
    await next()
  }
}

const methods = ['GET', 'POST'] as const

function noRoute(app: Hono, method: string, path: string): Response {
  const allowed = methods.filter((candidate) => {
    const [matches] = app.router.match(candidate, path)
    return matches.some(([[, route]]) => route.method === candidate)
  })
  if (allowed.length === 0) return problemOf(null, new OrchdError('ROUTE_NOT_FOUND', `no ${method} ${path}`))
  const error = new OrchdError('METHOD_NOT_ALLOWED', `${path} takes ${allowed.join(' and ')}, not ${method}`)
  const response = problemOf(null, error)
  response.headers.set('allow', [...(allowed.includes('GET') ? ['HEAD'] : []), ...allowed].join(', '))
  return response
}
