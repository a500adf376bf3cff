import type { Json, JsonObject } from '../base/json.ts'
import { evaluateTemplate, rootsIn, type Scope } from './expression.ts'
import type { PolicyAgent, Ranking } from './dispatch-policy.ts'
import type { Plan, Step, Template } from './plan.ts'
import { rankForStep } from './step-profile.ts'
import { wavesOf } from './step-graph.ts'

/** What is known of a step before its plan runs. */
export type PreviewStep = {
  /** As the run will call it: `release/build`. */
  readonly id: string
  readonly spec: Step
  readonly finally: boolean
  /** Counted from 1 within its list; steps of one wave wait for nothing in it. */
  readonly wave: number
  /** Its templates, each evaluated as far as that is possible now. */
  readonly env: { readonly [name: string]: PreviewValue }
  readonly prompt: PreviewValue | null
  readonly with: { readonly [name: string]: PreviewValue }
  /** Whom the dispatch policy would take; `null`: the plan names its agent, or the step needs none. */
  readonly agents: Ranking | null
  /** The steps of its sub-plan. */
  readonly inside: readonly PreviewStep[]
}

/** A value as it will be; or, as it is written, one that is known only when the step runs (`later`), or never shown. */
export type PreviewValue =
  | { readonly kind: 'known'; readonly value: Json }
  | { readonly kind: 'later' | 'secret' | 'missing'; readonly written: Template }

/** The inputs of a plan, as far as they are known. */
export type KnownInputs = {
  readonly known: JsonObject
  /** Those that another step gives when it has run. */
  readonly later: readonly string[]
}

/** What each step of a plan would run, with which values, in which wave: all that can be told without running it. */
export function previewOf(
  plan: Plan,
  inputs: KnownInputs,
  roster: readonly PolicyAgent[],
  subPlans: Plan['subPlans'] = plan.subPlans,
  prefix = '',
): readonly PreviewStep[] {
  const valueOf = (template: Template): PreviewValue => previewValue(template, plan, inputs)
  const stepIn = (spec: Step, wave: number, last: boolean): PreviewStep => {
    const options = mapped(spec.with, valueOf)
    const inner = spec.body.kind === 'plan' ? subPlans[spec.body.path] : undefined
    const id = `${prefix}${spec.id}`
    return {
      id,
      spec,
      finally: last,
      wave,
      env: spec.body.kind === 'run' ? mapped({ ...plan.env, ...spec.env }, valueOf) : {},
      prompt: spec.body.kind === 'prompt' || spec.body.kind === 'approval' ? valueOf(spec.body.prompt) : null,
      with: options,
      agents: spec.body.kind === 'prompt' ? rankForStep(spec, plan, roster) : null,
      inside: inner === undefined ? [] : previewOf(inner, innerInputs(inner, options), roster, subPlans, `${id}/`),
    }
  }
  const stepsIn = (steps: readonly Step[], last: boolean): readonly PreviewStep[] =>
    wavesOf(steps).flatMap((wave, at) => wave.map((spec) => stepIn(spec, at + 1, last)))
  return [...stepsIn(plan.steps, false), ...stepsIn(plan.finally, true)]
}

function previewValue(template: Template, plan: Plan, { known, later }: KnownInputs): PreviewValue {
  const reads = rootsIn(template)
  const inputs = reads.flatMap(({ root, name }) => (root === 'inputs' && name !== null ? [name] : []))
  if (inputs.some((name) => plan.inputs[name]?.secret === true)) return { kind: 'secret', written: template }
  if (inputs.some((name) => !(name in known) && !later.includes(name))) return { kind: 'missing', written: template }
  const isKnown = reads.every(({ root }) => root === 'inputs' || root === 'plan')
  const value = isKnown ? evaluateTemplate(template, { ...nothingYet, inputs: known, plan: { name: plan.name } }) : null
  return value?.ok === true ? { kind: 'known', value: value.value } : { kind: 'later', written: template }
}

const nothingYet: Omit<Scope, 'inputs' | 'plan'> = { steps: {}, run: { id: '', outcome: null, report: null } }

/** What a sub-plan is given, as far as it is known. */
function innerInputs(plan: Plan, given: { readonly [name: string]: PreviewValue }): KnownInputs {
  const known = Object.entries(plan.inputs).flatMap(([name, spec]): [string, Json][] => {
    const value = given[name]
    if (value?.kind === 'known') return [[name, value.value]]
    return value === undefined && spec.default !== undefined ? [[name, spec.default]] : []
  })
  return { known: Object.fromEntries(known), later: Object.keys(given).filter((name) => given[name]?.kind !== 'known') }
}

const mapped = (
  templates: { readonly [name: string]: Template },
  valueOf: (template: Template) => PreviewValue,
): { readonly [name: string]: PreviewValue } =>
  Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, valueOf(template)]))

/** How a value is shown in JSON: as it will be, or as it is written. */
export const previewJson = (value: PreviewValue): JsonObject =>
  value.kind === 'known' ? { value: value.value } : { [value.kind]: value.written }
