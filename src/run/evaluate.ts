import type { Instant, StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { evaluateCondition, evaluateTemplate, referencedSteps } from '../plan/expression.ts'
import { resolveInputs } from '../plan/inputs.ts'
import { maxInstances } from '../plan/instances.ts'
import type { Step } from '../plan/plan.ts'
import type { RunEvent } from './event.ts'
import { asText, evaluateIn, scopeOf } from './scope.ts'
import type { RunState } from './state.ts'

/** What a step that waits for an evaluation comes to: the event that carries it, or tells why there is none. */
export function pendingEvent(run: RunState, index: number, at: Instant): RunEvent {
  const { id: step, spec, instance } = run.steps.get(index)
  const { status } = run.states.get(index)
  if (status === 'condition') return conditionEvent(run, index, spec.when ?? 'true', at)
  if (status === 'to_close') return { type: 'outputs_evaluated', at, step, outputs: outputsOf(run, index) }
  if (instance === null && typeof spec.forEach === 'string') {
    const items = itemsOf(run, index, spec.forEach)
    if (!items.ok) return failed(step, `for_each: ${items.error}`, at)
    return { type: 'items_evaluated', at, step, items: items.value }
  }
  if (spec.body.kind === 'plan') {
    const inputs = inputsOf(run, index, spec, spec.body.path)
    return inputs.ok ? { type: 'inputs_evaluated', at, step, inputs: inputs.value } : failed(step, inputs.error, at)
  }
  const prompt = evaluateIn(run, index, spec.body.kind === 'approval' ? spec.body.prompt : '')
  if (!prompt.ok) return failed(step, `approval.prompt: ${prompt.error}`, at)
  return { type: 'gate_opened', at, step, prompt: asText(prompt.value) }
}

const failed = (step: StepId, message: string, at: Instant): RunEvent => ({
  type: 'expression_failed',
  at,
  step,
  message,
})

function conditionEvent(run: RunState, index: number, source: string, at: Instant): RunEvent {
  const { id: step } = run.steps.get(index)
  const value = evaluateCondition(source, scopeOf(run, index, referencedSteps(`\${{ ${source} }}`)))
  return value.ok
    ? { type: 'condition_evaluated', at, step, value: value.value }
    : failed(step, `when: ${value.error}`, at)
}

function itemsOf(run: RunState, index: number, source: string): Result<readonly Json[], string> {
  const value = evaluateIn(run, index, `\${{ ${source} }}`)
  if (!value.ok) return value
  if (!Array.isArray(value.value)) return err(`it must give a list, not ${JSON.stringify(value.value).slice(0, 80)}`)
  if (value.value.length <= maxInstances) return ok(value.value)
  return err(`it gives ${value.value.length} items; the most are ${maxInstances}`)
}

function inputsOf(run: RunState, index: number, spec: Step, path: string): Result<JsonObject, string> {
  const given = evaluateIn(run, index, spec.with)
  if (!given.ok) return err(`with: ${given.error}`)
  const plan = run.plan.subPlans[path]
  if (plan === undefined) return err(`the plan "${path}" is not part of this run`)
  const inputs = resolveInputs(plan, given.value as JsonObject, { convert: false }) // a record in, a record out
  return inputs.ok ? inputs : err(`with: ${inputs.error.map(({ message }) => message).join('; ')}`)
}

/** The outputs of a sub-plan; those that have no value are absent, so that `has()` can ask for them. */
function outputsOf(run: RunState, index: number): JsonObject {
  const { inner } = run.steps.get(index)
  if (inner === null) return {}
  const { plan } = run.levels.get(inner)
  const entries = Object.entries(plan.outputs).flatMap(([name, template]): [string, Json][] => {
    const value = evaluateTemplate(template, scopeOf(run, { level: inner }, referencedSteps(template)))
    return value.ok ? [[name, value.value]] : []
  })
  return Object.fromEntries(entries)
}
