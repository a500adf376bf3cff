import type { StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import { evaluateTemplate, referencedSteps, type Scope } from '../plan/expression.ts'
import type { Template } from '../plan/plan.ts'
import type { AttemptValues } from './event.ts'
import { stepState, type RunState } from './state.ts'

/** The names that an expression of this run may use, with only the steps that it does use. */
export function scopeOf(run: RunState, steps: Iterable<StepId>): Scope {
  const known: Record<string, Scope['steps'][string]> = {}
  for (const id of steps) {
    const state = stepState(run, id)
    if (state?.status === 'finished') known[id] = { outcome: state.outcome, cause: state.cause, outputs: state.outputs }
  }
  return {
    inputs: run.inputs,
    steps: known,
    run: { id: run.id, outcome: run.outcome, report: null },
    plan: { name: run.plan.name },
  }
}

/** A template's value in this run, or why it has none. */
export function evaluateIn(run: RunState, template: Template): Result<Json, string> {
  return evaluateTemplate(template, scopeOf(run, referencedSteps(template)))
}

/** What a step's templates come to now: its environment (the plan's, then its own), prompt and options. */
export function attemptValues(run: RunState, index: number): Result<AttemptValues, string> {
  const { step } = run.graph.nodes[index]! // indices come from the graph
  const env = evaluateIn(run, { ...run.plan.env, ...step.env })
  if (!env.ok) return env
  const prompt = step.body.kind === 'prompt' ? evaluateIn(run, step.body.prompt) : ok(null)
  if (!prompt.ok) return prompt
  const options = evaluateIn(run, step.with)
  if (!options.ok) return options
  return ok({
    env: Object.fromEntries(Object.entries(env.value as JsonObject).map(([name, value]) => [name, asText(value)])), // a record in, a record out
    prompt: prompt.value === null ? null : asText(prompt.value),
    with: options.value as JsonObject, // likewise
  })
}

/** A value as an environment variable or a prompt shows it: strings as they are, null as nothing, the rest as JSON. */
export function asText(value: Json): string {
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}
