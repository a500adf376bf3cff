import type { Json, JsonObject } from '../../base/json.ts'
import { type PolicyAgent, rankAgents } from '../dispatch-policy.ts'
import { fileSystems } from '../permissions.ts'
import { fileSystemFor } from '../step-profile.ts'
import type { AgentProblem, PlanOptions } from '../options.ts'
import { profileOf } from '../task-profile.ts'
import type { Path } from '../yaml/locate.ts'
import { agentNamesOf } from './agent-names.ts'
import { listAt, objectAt, stepName, type StepOutline, textAt } from './outline.ts'
import type { CheckContext } from './steps.ts'

/**
 * Checks, before a plan is run, that somebody can do each step with a prompt: an agent that is not there is found out now
 * and not in the middle of the run. Where only a fallback could, that is a warning.
 */
export function checkRunnable(step: StepOutline, context: CheckContext, options: PlanOptions): void {
  const resolves = objectAt(step.raw['integrate'])['on_conflict'] === 'resolve_with_agent'
  const body = step.bodies.find(
    (name) => name === 'prompt' || name === 'prompt_file' || (name === 'integrate' && resolves),
  )
  if (body === undefined) return
  const { outline } = context
  const defaults = objectAt(outline.root['defaults'])
  const agent = step.raw['agent'] ?? defaults['agent'] ?? 'auto'
  const fallback = namesIn(step.raw['fallback'] ?? defaults['fallback'])
  const names = namesToCheck(step, agent, defaults, options)
  const problems = names.map((name) => problemOf(step, name, defaults, options)).filter((one) => one !== null)
  const spare = fallback.filter((name) => problemOf(step, name, defaults, options) === null)
  const place = placeOf(step, defaults, body)
  const [problem] = problems
  if (names.length === 0) tell(context, place, nobodyFor(step, agent, defaults, options), spare[0])
  else if (problem === undefined) warnOf(step, names, fallback, place, context, options)
  else tell(context, place, problem, spare[0])
}

const nobody = (): readonly PolicyAgent[] => []

const namesIn = (list: Json | undefined): readonly string[] => listAt(list).filter((name) => typeof name === 'string')

/** The agents that a step must be able to go to: what it names, else the one that the dispatch policy would choose. */
function namesToCheck(step: StepOutline, agent: Json, defaults: JsonObject, options: PlanOptions): readonly string[] {
  if (typeof agent === 'string' && agent !== 'auto')
    return (agent === step.raw['agent'] ? agentNamesOf(step)?.map(({ name }) => name) : null) ?? [agent]
  return rankingFor(step, agent, defaults, options)
    .order.slice(0, 1)
    .map(({ name }) => name)
}

function rankingFor(
  step: StepOutline,
  agent: Json,
  defaults: JsonObject,
  { roster = nobody }: PlanOptions,
): ReturnType<typeof rankAgents> {
  const { requires, prefer } = objectAt(agent)
  const text = ['name', 'description', 'prompt'].map((key) => textAt(step.raw[key]) ?? '').join('\n')
  const profile = profileOf({ text, type: textAt(step.raw['type']) })
  const said = textAt(objectAt(step.raw['permissions'] ?? defaults['permissions'])['file_system'])
  const needs = fileSystems.find((word) => word === said) ?? fileSystemFor(profile)
  return rankAgents(profile, { requires: namesIn(requires), prefer: namesIn(prefer) }, roster(), needs)
}

function nobodyFor(step: StepOutline, agent: Json, defaults: JsonObject, options: PlanOptions): AgentProblem {
  const { excluded } = rankingFor(step, agent, defaults, options)
  const why = excluded.map(({ name, why: reason }) => `${name}: ${reason}`).join('; ')
  return {
    message: `${stepName(step)} cannot run: no agent can do it${why === '' ? ', the registry has none' : `: ${why}`}`,
    help: 'install one of them, or add one to the registry (docs/agents.md)',
  }
}

/** An error, unless a fallback that can do it is left (`spare`): then only a warning. */
function tell(
  { document, report }: CheckContext,
  place: Path,
  { message, help }: AgentProblem,
  spare: string | undefined,
): void {
  const span = document.keySpan(place)
  if (spare !== undefined)
    report('AGENT_UNAVAILABLE', span, `${message}; it goes to its fallback ${spare}`, { severity: 'warning', help })
  else report('AGENT_UNAVAILABLE', span, message, { help: `${help}; ${simulateHelp}` })
}

/** What is no mistake, but worth to be known: experiments, and a fallback that is not there. */
function warnOf(
  step: StepOutline,
  names: readonly string[],
  fallback: readonly string[],
  place: Path,
  { document, outline, report }: CheckContext,
  options: PlanOptions,
): void {
  const defaults = objectAt(outline.root['defaults'])
  const experimental = (options.roster ?? nobody)().find(
    ({ name, isExperimental }) => isExperimental && names.includes(name),
  )
  if (experimental !== undefined) {
    const message = `${stepName(step)} goes to ${experimental.name}, which the registry calls experimental`
    report('AGENT_EXPERIMENTAL', document.keySpan(place), message, { severity: 'warning' })
  }
  for (const name of fallback) {
    const problem = problemOf(step, name, defaults, options)
    if (problem === null) continue
    const message = `the fallback ${name} is of no use: ${problem.message}`
    report('AGENT_UNAVAILABLE', document.keySpan(place), message, { severity: 'warning', help: problem.help })
  }
}

const simulateHelp = 'orchd run --simulate=agents lets the simulated agent stand in and keeps the shell steps real'

const placeOf = (step: StepOutline, defaults: JsonObject, body: string): Path => {
  if ('agent' in step.raw) return [...step.path, 'agent']
  return 'agent' in defaults ? ['defaults', 'agent'] : [...step.path, body]
}

function problemOf(
  step: StepOutline,
  agent: string,
  defaults: JsonObject,
  { agents, agentProblem, sandboxProblem, sandbox = 'required' }: PlanOptions,
): AgentProblem | null {
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
    ...missing,
    message: `${stepName(step)} requires a sandbox, and none starts here: ${missing.message}`,
  }
}
