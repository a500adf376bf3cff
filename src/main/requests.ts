import { createHash } from 'node:crypto'
import type { Diagnostic } from '../base/diagnostic.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { SourceDocument } from '../plan/document.ts'
import { decodePlan } from '../plan/decode.ts'
import type { Plan } from '../plan/plan.ts'
import { previewOf } from '../plan/preview.ts'
import { analysisOf } from '../plan/request/analysis.ts'
import { compileRequest } from '../plan/request/compile.ts'
import { forRequest, inRequest } from '../plan/request/places.ts'
import { planText, type StepAgents } from '../plan/request/plan-text.ts'
import { readRequest } from '../plan/request/read.ts'
import { sortDiagnostics } from '../plan/source-text.ts'
import type { CheckedRequest } from '../surfaces/cli/deps.ts'
import type { Config } from '../config/config.ts'
import { checkPlan, type PlanRequest } from './plans.ts'
import { contextProblems } from './request-context.ts'
import { surroundingsOf } from './request-surroundings.ts'
import { rosterAgents } from './roster.ts'

export type RequestToCheck = Omit<PlanRequest, 'inputs' | 'config'> & { readonly config: Config }

/**
 * Bytes of a request to the plan that it comes to, or to everything that is wrong with it: at its places in the request,
 * also what only the plan shows.
 */
export async function checkRequest(given: RequestToCheck): Promise<CheckedRequest> {
  const { bytes, file, projectFolder, config } = given
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const none = {
    file,
    source: { file, sha256, projectFolder },
    plan: null,
    inputs: {},
    texts: new Map<string, string>(),
    roster: [],
    text: '',
    compiled: null,
  }
  const text = decodePlan(bytes, file)
  if (!text.ok) return { ...none, diagnostics: [forRequest(text.error)] }
  const { request, document, diagnostics } = readRequest(text.value, file)
  if (request === null || document === null)
    return { ...none, text: text.value, diagnostics: diagnostics.map(forRequest) }
  const made = compileRequest(request, await surroundingsOf(request, projectFolder, config.testCommand))
  const bare = planText(made)
  const checked = checkPlan({ ...given, bytes: new TextEncoder().encode(bare), inputs: {} })
  const told = [...diagnostics, ...inRequest(checked.diagnostics, bare, document)]
  const problems = await placeProblems(made.plan, given, document)
  const found = sortDiagnostics([...told, ...problems.filter((one) => !isTold(one, told))])
  const { plan } = checked
  if (plan === null || found.some(({ severity }) => severity === 'error'))
    return { ...none, text: text.value, diagnostics: found }
  const agents = agentsFor(plan, given)
  const compiled = {
    planText: planText(made, agents),
    requestId: request.request_id ?? null,
    analysis: analysisOf(made, agents),
  }
  const source = { ...checked.source, isRequest: true as const }
  return { ...checked, source, file, text: text.value, diagnostics: found, compiled }
}

/** Whether something at the same place is wrong already: the place of work would be refused for the same reason. */
const isTold = ({ line, column }: Diagnostic, told: readonly Diagnostic[]): boolean =>
  told.some((one) => one.severity === 'error' && one.line === line && one.column === column)

/** A rehearsal needs no repository, and a plan that is only shown may be run elsewhere. */
async function placeProblems(
  { context, constraints }: JsonObject,
  { simulate, forRun, projectFolder, config, env, seesKeys }: RequestToCheck,
  document: SourceDocument,
): Promise<readonly Diagnostic[]> {
  if (!isJsonObject(context) || simulate === 'all' || !forRun) return []
  const wantsPullRequest = isJsonObject(constraints) && constraints['require_pr'] === true
  const hasToken = !seesKeys || Boolean(env['GITHUB_TOKEN'])
  const pullRequest = wantsPullRequest ? { github: config.github, hasToken, base: null } : null
  return contextProblems({ context, projectFolder, pullRequest }, document)
}

/** Who would do each step now; in a rehearsal nobody is missing. */
function agentsFor(plan: Plan, { config, env, seesKeys, simulate }: RequestToCheck): readonly StepAgents[] {
  const roster = [...rosterAgents({ config, env, seesKeys }).values()]
  const here = simulate === 'none' ? roster : roster.map((agent) => ({ ...agent, closed: null, degraded: null }))
  return previewOf(plan, { known: {}, later: [] }, here).flatMap(({ id, agents, spec }) =>
    agents === null || spec.implicit === true ? [] : [{ id, order: agents.order }],
  )
}
