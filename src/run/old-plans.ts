import type { Plan, Step } from '../plan/plan.ts'

/** What plans of older journals do not have yet: keys that came to the language later, as if they were not used. */
const laterStepKeys: Pick<Step, 'matrix' | 'forEach' | 'maxParallel' | 'failFast' | 'artifacts'> = {
  matrix: null,
  forEach: null,
  maxParallel: null,
  failFast: false,
  artifacts: [],
}

type AnyPlan = Omit<Plan, 'subPlans'> & Partial<Pick<Plan, 'subPlans'>>

/** The plan of any journal, as the kernel knows plans. */
export function wholePlan(plan: AnyPlan): Plan {
  const { subPlans } = plan
  if (subPlans !== undefined) return { ...plan, subPlans }
  return { ...plan, subPlans: {}, steps: plan.steps.map(wholeStep), finally: plan.finally.map(wholeStep) }
}

const wholeStep = (step: Step): Step => ({ ...laterStepKeys, ...step })
