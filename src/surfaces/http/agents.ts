import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import { limits, objectOf } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { oneOf, queryOf } from './query.ts'

/** `GET /agents`, and `POST /agents/check`, which tries them: `{"only": ["claude_code"]}`, else all. */
export function agentRoutes({ agents }: HttpDeps): Hono {
  return new Hono()
    .get('/', async (context) => {
      queryOf(context, oneOf())
      return context.json({ agents: await agents({ only: null, check: false }, context.req.raw.signal) })
    })
    .post('/check', async (context) => {
      queryOf(context, oneOf())
      const only = namesIn(await objectOf(context, limits.answerBytes, ['only']))
      return context.json({ agents: await agents({ only, check: true }, context.req.raw.signal) })
    })
}

function namesIn({ only = null }: JsonObject): readonly string[] | null {
  if (only === null) return null
  if (Array.isArray(only) && only.every((name) => typeof name === 'string')) return only
  throw new OrchdError('USAGE', '"only" must be a list of names of agents')
}
