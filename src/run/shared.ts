import type { StepId } from '../base/ids.ts'
import type { Plan, Step } from '../plan/plan.ts'
import type { RunState } from './state.ts'

/** Whether the attempts of a step work in the one workspace that a run has for all such steps, one at a time. */
export const isShared = ({ isolation, body }: Pick<Step, 'isolation' | 'body'>): boolean =>
  isolation === 'shared' && (body.kind === 'run' || body.kind === 'prompt')

/** The step that is at work in the shared workspace of a run, or `null`. */
export function atWorkInShared(run: RunState): StepId | null {
  for (const index of run.sets.running) {
    const { id, spec } = run.steps.get(index)
    if (isShared(spec)) return id
  }
  return null
}

/** Whether a model works in the shared workspace of a plan's runs, before or after whoever asks. */
export const sharesWithAgents = ({ steps, finally: last, subPlans }: Plan): boolean =>
  [...steps, ...last].some((step) => isShared(step) && step.body.kind === 'prompt' && step.agent !== 'simulated') ||
  Object.values(subPlans).some(sharesWithAgents)
