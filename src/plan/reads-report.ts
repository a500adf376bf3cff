import type { Plan } from './plan.ts'

/** Whether a text of the plan may name `run.report`. Only `finally` and outputs can, of sub-plans too. */
export const readsReport = (plan: Plan): boolean =>
  JSON.stringify([plan.finally, plan.outputs]).includes('report') || Object.values(plan.subPlans).some(readsReport)
