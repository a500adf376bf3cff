import type { Json } from '../../base/json.ts'
import { inputProblem } from '../input-value.ts'
import type { Plan } from '../plan.ts'
import { didYouMean } from '../suggest.ts'
import { objectAt, type Outline, stepName, type StepOutline } from './outline.ts'
import type { CheckContext } from './steps.ts'

/** Checks what a step gives to its sub-plan: the inputs that it has, all that it needs, and values that fit. */
export function checkSubPlanInputs(
  step: StepOutline,
  plan: Plan,
  { outline, document, report, suggest }: CheckContext,
): void {
  const given = objectAt(step.raw['with'])
  const names = Object.keys(plan.inputs)
  for (const [name, value] of Object.entries(given)) {
    const path = [...step.path, 'with', name]
    const spec = Object.hasOwn(plan.inputs, name) ? plan.inputs[name] : undefined
    if (spec === undefined) {
      const help = names.length === 0 ? 'it has no inputs' : didYouMean(suggest, name, names)
      report('INPUT_UNKNOWN', document.keySpan(path), `the plan "${plan.name}" has no input "${name}"`, { help })
      continue
    }
    if (spec.secret && namesSecretInput(value, outline)) continue // how it may be named is checked with all expressions
    if (spec.secret) {
      const message = `the input "${name}" of the plan "${plan.name}" is secret, so only a secret input can be given to it`
      const help = `declare one in this plan, and write ${name}: "\${{ inputs.NAME }}"`
      report('SECRET_INPUT_HERE', document.valueSpan(path), message, { help })
      continue
    }
    const problem = isStatic(value) ? inputProblem(value, spec) : null
    if (problem !== null) report('INPUT_INVALID', document.valueSpan(path), `the input "${name}" ${problem}`)
  }
  for (const [name, spec] of Object.entries(plan.inputs)) {
    if (spec.default !== undefined || name in given) continue
    const message = `${stepName(step)} does not give the input "${name}", which the plan "${plan.name}" needs`
    report('INPUT_MISSING', document.keySpan([...step.path, 'plan']), message, { help: `add it to "with"` })
  }
}

/** Whether a value names one of the plan's own secret inputs. */
function namesSecretInput(value: Json, outline: Outline): boolean {
  if (typeof value !== 'string' || !value.includes('${{')) return false
  return [...value.matchAll(/\binputs\.([\w-]+)/g)].some(
    ([, name]) => objectAt(outline.inputs[name ?? ''])['secret'] === true,
  )
}

/** Whether a value is known before the run: no expression is in it. */
const isStatic = (value: Json): boolean => !JSON.stringify(value).includes('${{')
