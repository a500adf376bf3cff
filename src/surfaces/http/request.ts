import { Hono, type Context } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { bytesOf, limits } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { mistakes, problemOf } from './problem.ts'
import { oneOf, queryOf } from './query.ts'
import { simulateIn } from './submit.ts'

/**
 * `POST /requests`: a request in JSON becomes a plan and a run, which goes on by itself; the same `request_id` is the same
 * run. How it stands, and at the end the response, is at `status_url`.
 */
export function requestRoutes({ engine, checkRequest }: HttpDeps): Hono {
  return new Hono().post('/', async (context) => {
    const simulate = simulateIn(queryOf(context, oneOf('simulate')).get('simulate') ?? 'none')
    expectJson(context)
    const bytes = await bytesOf(context, limits.planBytes)
    const { plan, inputs, source, diagnostics, compiled } = await checkRequest(bytes, simulate)
    if (plan === null || compiled === null)
      return problemOf(context, new OrchdError('PLAN_INVALID', `the request has ${mistakes(diagnostics)}`), diagnostics)
    const { requestId, planText, analysis } = compiled
    // A rehearsal is not what was asked for.
    const key = requestId === null || simulate !== 'none' ? null : `request:${requestId}`
    const submission = { plan, inputs, source, simulate, path: null, requestId, key }
    const { runId, created } = await engine.submit(submission)
    const statusUrl = `/api/v1/runs/${runId}`
    context.header('location', statusUrl)
    const made = { plan: planText, analysis, diagnostics }
    return context.json({ run_id: runId, created, request_id: requestId, status_url: statusUrl, ...made }, 202)
  })
}

/** YAML is read, too, but only where it is said: a page of another origin can send a form or plain text without asking. */
const mediaTypes = /^application\/(?:[\w.-]+\+)?(?:json|yaml)$/i

/** @throws OrchdError MEDIA_TYPE */
function expectJson(context: Context): void {
  const type = context.req.header('content-type')?.split(';')[0]?.trim()
  if (type !== undefined && !mediaTypes.test(type))
    throw new OrchdError('MEDIA_TYPE', `a request is application/json, not "${type.slice(0, 80)}"`)
}
