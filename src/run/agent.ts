import { err, ok, type Result } from '../base/result.ts'
import { evaluateIn } from './scope.ts'
import type { RunState } from './state.ts'

/**
 * The registry name under which a step's attempts go: `shell` for `run`, `orchd` for what it does itself, else the agent that the plan wishes for, which
 * may be different for each instance of a matrix.
 */
export function agentNameOf(run: RunState, index: number): Result<string, string> {
  const { body, agent } = run.steps.get(index).spec
  if (body.kind === 'run') return ok('shell')
  if (
    body.kind === 'publish' ||
    body.kind === 'pull_request' ||
    (body.kind === 'integrate' && body.onConflict !== 'resolve_with_agent')
  ) {
    return ok(run.simulate === 'all' ? 'simulated' : 'orchd')
  }
  if (typeof agent !== 'string') return ok(agent.prefer[0] ?? 'simulated')
  if (agent === 'auto') return ok('simulated')
  if (!agent.includes('${{')) return ok(agent)
  const name = evaluateIn(run, index, agent)
  if (!name.ok) return err(`agent: ${name.error}`)
  return typeof name.value === 'string' ? ok(name.value) : err('agent: it must give the name of an agent')
}
