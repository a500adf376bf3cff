import type { Step } from '../plan/plan.ts'

/** The registry name under which a step's attempts go: `shell` for `run`, else the agent that the plan wishes for. */
export function agentNameOf(step: Step): string {
  if (step.body.kind === 'run') return 'shell'
  if (typeof step.agent === 'string') return step.agent === 'auto' ? 'simulated' : step.agent
  return step.agent.prefer[0] ?? 'simulated'
}
