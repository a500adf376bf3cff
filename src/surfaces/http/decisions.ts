import { Hono } from 'hono'
import { userInfo } from 'node:os'
import { OrchdError } from '../../base/errors.ts'
import { stepId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { flagIn, limits, objectOf, textIn, wordIn } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { runOf } from './run-of.ts'

const longestName = 256
const longestComment = 4096

/** What people decide: gates, attempts that were lost, retrying, cancelling. */
export function decisionRoutes(deps: HttpDeps): Hono {
  const { engine } = deps
  return new Hono()
    .post('/:run/gates/:step', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const body = await objectOf(context, limits.answerBytes, ['decision', 'comment', 'by', 'tree'])
      const decision = wordIn(body, 'decision', ['approve', 'reject'])
      const comment = textIn(body, 'comment', longestComment)
      const tree = textIn(body, 'tree', longestName)
      await engine.decideGate(id, stepId(step), {
        decision,
        by: personIn(body),
        comment,
        ...(tree === null ? {} : { tree }),
      })
      return context.json({ run_id: id, step, decision })
    })
    .post('/:run/steps/:step/decide', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const step = context.req.param('step')
      const body = await objectOf(context, limits.answerBytes, ['decision', 'by'])
      const decision = wordIn(body, 'decision', ['rerun', 'skip', 'fail'])
      await engine.decideLost(id, stepId(step), decision, personIn(body))
      return context.json({ run_id: id, step, decision })
    })
    .post('/:run/retry', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes, ['from', 'only', 'by'])
      const from = textIn(body, 'from', longestName)
      const only = flagIn(body, 'only')
      if (only && from === null) throw new OrchdError('USAGE', '"only" needs a step in "from"')
      await engine.retry(id, { from: from === null ? null : stepId(from), only }, personIn(body))
      return context.json({ run_id: id }, 202)
    })
    .post('/:run/budget', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes, ['usd', 'tokens', 'by'])
      await engine.raiseBudget(id, { usd: amountIn(body, 'usd'), tokens: amountIn(body, 'tokens') }, personIn(body))
      return context.json({ run_id: id }, 202)
    })
    .post('/:run/cancel', async (context) => {
      const { id } = runOf(deps, context.req.param('run'))
      const body = await objectOf(context, limits.answerBytes, ['by', 'reason'])
      await engine.cancel(id, personIn(body), textIn(body, 'reason', longestComment))
      return context.json({ run_id: id }, 202)
    })
}

function amountIn(body: JsonObject, name: string): number {
  const value = body[name] ?? 0
  if (typeof value === 'number' && value >= 0 && value <= 1e15) return value
  throw new OrchdError('USAGE', `"${name}" must be a number that is not negative`)
}

/** Whoever the body names, else the one who may open the socket. */
const personIn = (body: JsonObject): string => textIn(body, 'by', longestName) ?? ownerName()

function ownerName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // some containers have no name for their user
  }
}
