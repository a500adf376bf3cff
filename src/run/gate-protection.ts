import { holdsAgentsWork } from './agents-work.ts'
import type { RunState } from './state.ts'

/**
 * Whether nothing in the run could have answered its gates in a person's place: no agent has worked without a sandbox, and
 * no command that an agent may have written.
 */
export function gatesAreProtected(run: RunState): boolean {
  for (let index = 0; index < run.steps.length; index++) if (worksFree(run, index)) return false
  return true
}

/** Whether an attempt of a step works, or has worked, with the rights of the person although an agent is behind it. */
export function worksFree(run: RunState, index: number): boolean {
  const { spec } = run.steps.get(index)
  const { body, free, afterAgents } = spec
  if (body.kind !== 'prompt' && body.kind !== 'run') return false
  const state = run.states.get(index)
  const { past } = state
  if (past.simulated || run.simulate !== 'none' || (past.count === 0 && state.status !== 'running')) return false
  if (past.sandbox === 'missing' && (body.kind === 'prompt' || holdsAgentsWork(run, index))) return true
  return free === true || (afterAgents === null && holdsAgentsWork(run, index))
}
