import type { Json, JsonObject } from '../../base/json.ts'
import type { AgentProblem, PlanOptions } from '../options.ts'
import type { Path } from '../yaml/locate.ts'
import { agentNamesOf } from './agent-names.ts'
import { objectAt, stepName, type StepOutline } from './outline.ts'
import type { CheckContext } from './steps.ts'

/**
 * Checks, before a plan is run, that the agent of each step with a prompt can work: an agent that is not there is found
 * out now and not in the middle of the run.
 */
export function checkRunnable(step: StepOutline, context: CheckContext, options: PlanOptions): void {
  const resolves = objectAt(step.raw['integrate'])['on_conflict'] === 'resolve_with_agent'
  const body = step.bodies.find(
    (name) => name === 'prompt' || name === 'prompt_file' || (name === 'integrate' && resolves),
  )
  if (body === undefined) return
  const { outline, document, report } = context
  const defaults = objectAt(outline.root['defaults'])
  const agent = step.raw['agent'] ?? defaults['agent']
  const names = typeof agent === 'string' && agent === step.raw['agent'] ? agentNamesOf(step) : null
  const problem = (names?.map(({ name }) => name) ?? [agent])
    .map((name) => problemOf(step, body, name, defaults, options))
    .find((one) => one !== null)
  if (problem === undefined) return
  const { kind, message, help } = problem
  const span = document.keySpan(placeOf(step, defaults, body))
  report(kind === 'not_yet' ? 'NOT_YET' : 'AGENT_UNAVAILABLE', span, message, { help: `${help}; ${simulateHelp}` })
}

const simulateHelp = 'orchd run --simulate=agents lets the simulated agent stand in and keeps the shell steps real'

const placeOf = (step: StepOutline, defaults: JsonObject, body: string): Path => {
  if ('agent' in step.raw) return [...step.path, 'agent']
  return 'agent' in defaults ? ['defaults', 'agent'] : [...step.path, body]
}

function problemOf(
  step: StepOutline,
  body: string,
  agent: Json | undefined,
  defaults: JsonObject,
  { agents, agentProblem, sandboxProblem, sandbox = 'required' }: PlanOptions,
): AgentProblem | null {
  if (typeof agent !== 'string' || agent === 'auto') {
    const word = agent === undefined ? `"${body}" without an agent` : '"agent" with anything but a name'
    const message = `${word} is part of the plan language, but this build of orchd does not choose agents yet (agents)`
    return { kind: 'not_yet', message, help: 'name the agent' }
  }
  if ((agents?.get(agent) ?? agent) === 'simulated') return null
  const isUnknown = agents !== null && !agents.has(agent) && !agent.includes('${{')
  if (isUnknown) return null // and told by the check of names
  // What an expression comes to is known only when the step begins.
  if (agent.includes('${{')) return null
  const permissions = { ...objectAt(defaults['permissions']), ...objectAt(step.raw['permissions']) }
  const problem = agentProblem?.(agent, Object.keys(objectAt(step.raw['with'])), permissions) ?? null
  if (problem !== null) return { ...problem, message: `${stepName(step)} cannot run: ${problem.message}` }
  const isRequired = (step.raw['sandbox'] ?? defaults['sandbox'] ?? sandbox) === 'required'
  const missing = isRequired ? (sandboxProblem?.() ?? null) : null
  if (missing === null) return null
  return {
    kind: 'unavailable',
    ...missing,
    message: `${stepName(step)} requires a sandbox, and none starts here: ${missing.message}`,
  }
}
