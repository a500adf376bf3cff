import type { StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import { evaluateTemplate, referencedSteps, type Scope } from '../plan/expression.ts'
import type { Template } from '../plan/plan.ts'
import type { AttemptValues } from './event.ts'
import type { Level } from './level.ts'
import type { RunState } from './state.ts'

/** Where an expression stands: in a step, or in what a level gives at its end. */
type Place = number | { readonly level: number }

/** The names that an expression may use where it stands, with only the steps that it does use. */
export function scopeOf(run: RunState, place: Place, steps: Iterable<StepId>): Scope {
  const instance = typeof place === 'number' ? run.steps.get(place).instance : null
  const level = planLevel(run, typeof place === 'number' ? run.steps.get(place).level : place.level)
  const known: Record<string, Scope['steps'][string]> = {}
  for (const id of steps) {
    const local = level.graph.indexOf.get(id)
    const state = local === undefined ? undefined : run.states.get(level.base + local)
    if (state?.status === 'finished') known[id] = { outcome: state.outcome, cause: state.cause, outputs: state.outputs }
  }
  return {
    inputs: level.inputs,
    steps: known,
    run: { id: run.id, outcome: (level.end ?? level.verdict)?.outcome ?? null, report: null },
    plan: { name: level.plan.name },
    ...instance?.names,
  }
}

/** The level of a plan in which a level of instances stands; its own for any other. */
export function planLevel(run: RunState, number: number): Level {
  const level = run.levels.get(number)
  return level.kind === 'instances' && level.parent !== null ? run.levels.get(level.parent) : level
}

/** A template's value where it stands, or why it has none. */
export function evaluateIn(run: RunState, place: Place, template: Template): Result<Json, string> {
  return evaluateTemplate(template, scopeOf(run, place, referencedSteps(template)))
}

/** What a step's templates come to now: its environment (the plan's, then its own), prompt and options. */
export function attemptValues(run: RunState, index: number): Result<AttemptValues, string> {
  const { spec, level } = run.steps.get(index)
  const env = evaluateIn(run, index, { ...planLevel(run, level).plan.env, ...spec.env })
  if (!env.ok) return env
  const prompt = spec.body.kind === 'prompt' ? evaluateIn(run, index, spec.body.prompt) : ok(null)
  if (!prompt.ok) return prompt
  const options = evaluateIn(run, index, spec.with)
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
