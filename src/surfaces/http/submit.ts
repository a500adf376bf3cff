import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import type { Submission } from '../../ports/engine.ts'
import type { HttpDeps } from './app.ts'
import { bytesOf, limits, objectOf } from './body.ts'
import { problemOf } from './problem.ts'
import { submissionType } from './wire.ts'

/** `POST /runs`: a plan as YAML or JSON with `?input.k=v`, or one that our own command has checked. */
export function submitRoutes(deps: HttpDeps): Hono {
  const { engine } = deps
  return new Hono().post('/', async (context) => {
    const type = context.req.header('content-type')?.split(';')[0]
    if (type === submissionType) {
      // Only our own commands of this very version speak this type, with what `checkPlan` gave them.
      const submission = (await objectOf(context, limits.submissionBytes)) as unknown as Submission
      const { runId, created } = await engine.submit(submission)
      return context.json({ run_id: runId, created }, 202)
    }
    const bytes = await bytesOf(context, limits.planBytes)
    const query = new URL(context.req.url).searchParams
    const inputs = Object.fromEntries(
      [...query].flatMap(([key, value]) => (key.startsWith('input.') ? [[key.slice(6), value]] : [])),
    )
    const simulate = simulateIn(query.get('simulate'))
    const { plan, diagnostics, ...rest } = deps.checkPlan(bytes, inputs, simulate)
    if (plan === null) {
      const error = new OrchdError('PLAN_INVALID', `the plan has ${diagnostics.length} mistakes`)
      return problemOf(context, error, diagnostics)
    }
    const key = context.req.header('idempotency-key') ?? null
    const submission = { plan, inputs: rest.inputs, source: rest.source, simulate, path: null, requestId: null, key }
    const { runId, created } = await engine.submit(submission)
    return context.json({ run_id: runId, created }, 202)
  })
}

function simulateIn(text: string | null): Submission['simulate'] {
  if (text === null || text === 'none') return 'none'
  if (text === 'agents' || text === 'all') return text
  throw new OrchdError('USAGE', `simulate must be none, agents or all, not "${text}"`)
}
