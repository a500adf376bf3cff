import { stepId } from '../../src/base/ids.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { responseOf } from '../../src/report/response.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { stepState } from '../../src/run/find.ts'
import { plan, step } from '../support/plans.ts'
import { type KernelRun, success } from '../support/runs.ts'

export const responseNow = (run: KernelRun): RunResponse => responseOf(run.state, run.now, run.events.length)

export const prompt = (agent: string): Parameters<typeof step>[2] => ({
  body: { kind: 'prompt', prompt: 'do it' },
  agent,
})

export const twoPromptsAndShell: ReturnType<typeof plan> = plan([
  step('a', [], prompt('claude_code')),
  step('b', [], prompt('claude_code')),
  step('sh'),
])

/** Starts and ends an attempt on the given agent. */
export function work(run: KernelRun, id: string, agent: string, result: AttemptResult = success): void {
  const values = { env: {}, prompt: null, with: {} }
  const state = stepState(run.state, stepId(id))
  const attempt = state !== undefined && 'attempt' in state ? state.attempt : 1
  run.apply({ type: 'attempt_started', at: run.now, step: stepId(id), attempt, agent, values })
  run.pass(1000)
  run.finish(id, result)
}
