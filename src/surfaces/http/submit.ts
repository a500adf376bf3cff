import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import type { Submission } from '../../ports/engine.ts'
import { bytesOf, limits, objectOf } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { mistakes, problemOf } from './problem.ts'
import { oneOf, queryOf } from './query.ts'
import { submissionType, versionHeader } from './wire.ts'

const inputPrefix = 'input.'
const isOption = oneOf('simulate')
const longestKey = 256

/** `POST /runs`: a plan as YAML or JSON with `?input.k=v`, or one that our own command has checked. */
export function submitRoutes({ engine, checkPlan }: HttpDeps): Hono {
  return new Hono().post('/', async (context) => {
    const accept = async (submission: Submission, more: object): Promise<Response> => {
      const { runId, created } = await engine.submit(submission)
      context.header('location', `/api/v1/runs/${runId}`)
      return context.json({ run_id: runId, created, ...more }, 202)
    }
    if (context.req.header('content-type')?.split(';')[0]?.trim() === submissionType) {
      // Its plan is not checked again, so it must be what this version makes of a plan.
      if (context.req.header(versionHeader) === undefined) {
        throw new OrchdError('HOLDER_VERSION', `a submission must say in "${versionHeader}" which orchd made it`)
      }
      return accept(submissionIn(await objectOf(context, limits.submissionBytes)), {})
    }
    const query = queryOf(context, (name) => name.startsWith(inputPrefix) || isOption(name))
    const simulate = simulateIn(query.get('simulate') ?? 'none')
    const key = keyIn(context.req.header('idempotency-key') ?? null)
    const bytes = await bytesOf(context, limits.planBytes)
    const given = [...query].filter(([name]) => name.startsWith(inputPrefix))
    const texts = Object.fromEntries(given.map(([name, value]) => [name.slice(inputPrefix.length), value]))
    const { plan, inputs, source, diagnostics } = await checkPlan(bytes, texts, simulate)
    if (plan === null)
      return problemOf(context, new OrchdError('PLAN_INVALID', `the plan has ${mistakes(diagnostics)}`), diagnostics)
    return accept({ plan, inputs, source, simulate, path: null, requestId: null, key }, { diagnostics })
  })
}

/** @throws OrchdError USAGE when the parts that a submission always has are not there */
function submissionIn(body: JsonObject): Submission {
  const { plan, inputs, source } = body
  if (isJsonObject(plan) && Array.isArray(plan['steps']) && isJsonObject(inputs) && isJsonObject(source)) {
    // Only our own commands of this very version speak this type, with what `checkPlan` gave them.
    return body as unknown as Submission
  }
  throw new OrchdError('USAGE', 'the body is no submission')
}

/** @throws OrchdError USAGE */
export function simulateIn(text: string): Submission['simulate'] {
  if (text === 'none' || text === 'agents' || text === 'all') return text
  throw new OrchdError('USAGE', `"simulate" must be none, agents or all, not "${text}"`)
}

/** Keys of different ways in must not meet. */
function keyIn(header: string | null): string | null {
  if (header === null) return null
  if (header.length > 0 && header.length <= longestKey) return `http:${header}`
  throw new OrchdError('USAGE', `an idempotency key has 1 to ${longestKey} characters`)
}
