import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { decodePlan } from '../../plan/decode.ts'
import { bytesOf, limits } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { problemOf } from './problem.ts'
import { oneOf, queryOf } from './query.ts'
import { simulateIn } from './submit.ts'

/** `POST /requests`: a request in JSON becomes a plan and a run; the same `request_id` is the same run. */
export function requestRoutes({ engine, checkPlan }: HttpDeps): Hono {
  return new Hono().post('/', async (context) => {
    const simulate = simulateIn(queryOf(context, oneOf('simulate')).get('simulate') ?? 'none')
    const text = decodePlan(await bytesOf(context, limits.planBytes), 'request')
    if (!text.ok) return problemOf(context, new OrchdError('PLAN_INVALID', 'the request is no text'), [text.error])
    // Few daemons are asked in this way, and none needs the reader before.
    const { readRequest } = await import('../../plan/request/read.ts')
    const { request, diagnostics } = readRequest(text.value, 'request')
    if (request === null)
      return problemOf(context, new OrchdError('PLAN_INVALID', 'the request has mistakes'), diagnostics)
    const { compileRequest } = await import('../../plan/request/compile.ts')
    const { planText } = await import('../../plan/request/plan-text.ts')
    const made = planText(compileRequest(request))
    const { plan, inputs, source, diagnostics: found } = await checkPlan(new TextEncoder().encode(made), {}, simulate)
    if (plan === null)
      return problemOf(context, new OrchdError('PLAN_INVALID', 'the plan of the request has mistakes'), found)
    const requestId = request.request_id ?? null
    // A rehearsal is not what was asked for.
    const key = requestId === null || simulate !== 'none' ? null : `request:${requestId}`
    const submission = { plan, inputs, source, simulate, path: null, requestId, key }
    const { runId, created } = await engine.submit(submission)
    context.header('location', `/api/v1/runs/${runId}`)
    return context.json({ run_id: runId, created, request_id: requestId, plan: made, diagnostics: found }, 202)
  })
}
