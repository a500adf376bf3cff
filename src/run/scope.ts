import type { StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { evaluatePrompt, evaluateTemplate, referencedSteps, type Scope } from '../plan/expression.ts'
import type { Template } from '../plan/plan.ts'
import type { AttemptValues } from './event.ts'
import { planLevel } from './find.ts'
import { markBegins, marked, markNote } from './marked.ts'
import { splitEnv } from './secret-values.ts'
import type { RunState } from './state.ts'

/** Where an expression stands: in a step, or in what a level gives at its end. */
type Place = number | { readonly level: number }

/** The names that an expression may use where it stands, with only the steps that it does use. */
export function scopeOf(run: RunState, place: Place, steps: Iterable<StepId>): Scope {
  const instance = typeof place === 'number' ? run.steps.get(place).instance : null
  const level = planLevel(run, typeof place === 'number' ? run.steps.get(place).level : place.level)
  const verdict = level.end ?? level.verdict
  const known: Record<string, Scope['steps'][string]> = {}
  for (const id of steps) {
    const local = level.graph.indexOf.get(id)
    const state = local === undefined ? undefined : run.states.get(level.base + local)
    if (state?.status === 'finished') known[id] = { outcome: state.outcome, cause: state.cause, outputs: state.outputs }
  }
  return {
    inputs: level.inputs,
    steps: known,
    run: { id: run.id, outcome: verdict?.outcome ?? null, report: verdict === null ? null : (run.report ?? null) },
    plan: { name: level.plan.name },
    ...instance?.names,
  }
}

/** A template's value where it stands, or why it has none. */
export function evaluateIn(run: RunState, place: Place, template: Template): Result<Json, string> {
  return evaluateTemplate(template, scopeOf(run, place, referencedSteps(template)))
}

/**
 * What a step's templates come to now: its environment (the plan's, then its own), prompt and options. What reads a
 * secret input is left out, see `secretValues`.
 */
export function attemptValues(run: RunState, index: number): Result<AttemptValues, string> {
  const { spec } = run.steps.get(index)
  const env = evaluateIn(run, index, splitEnv(run, index).plain)
  if (!env.ok) return env
  const prompt = spec.body.kind === 'prompt' ? promptIn(run, index, spec.body.prompt) : ok(null)
  if (!prompt.ok) return prompt
  const options = evaluateIn(run, index, spec.with)
  if (!options.ok) return options
  return ok({
    env: textsOf(env.value),
    prompt: prompt.value === null ? null : `${asText(prompt.value)}${aboutFiles(run)}`,
    with: options.value as JsonObject, // likewise
  })
}

/** What the plan that is run says of its work as a whole: its sub-plans work in the same context. */
function aboutFiles(run: RunState): string {
  const files = run.levels.get(0).plan.context?.['files']
  return Array.isArray(files) && files.length > 0 ? `\n\nThe work is about these files: ${files.join(', ')}` : ''
}

/**
 * A step's prompt. What earlier steps gave is marked in it; a prompt that is nothing but such a value is meant to be one.
 * Inputs are what people gave, but those of a sub-plan come from wherever.
 */
function promptIn(run: RunState, index: number, prompt: Template): Result<Json, string> {
  if (typeof prompt !== 'string') return evaluateIn(run, index, prompt)
  const { spec, level } = run.steps.get(index)
  const isInner = planLevel(run, level).owner !== null
  let marks = 0
  const isData = (root: string): boolean =>
    root === 'steps' || (root === 'item' && typeof spec.forEach === 'string') || (root === 'inputs' && isInner)
  const text = evaluatePrompt(prompt, scopeOf(run, index, referencedSteps(prompt)), (value, source) => {
    const shown = marked(value, source, isData)
    if (shown.startsWith(markBegins)) marks++
    return shown
  })
  return text.ok && marks > 0 ? ok(`${asText(text.value)}${markNote}`) : text
}

/**
 * What the part of a step's environment comes to that reads secret inputs.
 *
 * @param inputs those of the step's plan, opened
 */
export function secretValues(run: RunState, index: number, inputs: JsonObject): Result<AttemptValues['env'], string> {
  const { secret } = splitEnv(run, index)
  if (Object.keys(secret).length === 0) return ok({})
  const value = evaluateTemplate(secret, { ...scopeOf(run, index, referencedSteps(secret)), inputs })
  // What went wrong may hold the secret.
  return value.ok ? ok(textsOf(value.value)) : err(`env.${Object.keys(secret).join(', env.')} cannot be evaluated`)
}

const textsOf = (env: Json): AttemptValues['env'] =>
  Object.fromEntries(Object.entries(env as JsonObject).map(([name, value]) => [name, asText(value)])) // a record in, a record out

/** A value as an environment variable or a prompt shows it: strings as they are, null as nothing, the rest as JSON. */
export function asText(value: Json): string {
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}
