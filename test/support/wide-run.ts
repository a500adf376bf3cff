import { runId, type RunId } from '../../src/base/ids.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { plan, step } from './plans.ts'
import { success } from './runs.ts'

/** A run id that sorts by `number`. */
export const numberedRun = (number: number): RunId => runId(`r${String(number).padStart(14, '0')}`)

/** The events of a run whose steps all run at once: `steps` + 2 spans, since none waits. */
export function wideRun(steps: number, at = 1_700_000_000_000): RunEvent[] {
  const ids = Array.from({ length: steps }, (_, index) => step(`s${index}`))
  const values = { env: {}, prompt: null, with: {} }
  return [
    {
      type: 'run_submitted',
      at,
      plan: plan(ids),
      inputs: {},
      source: { file: 'wide.yaml', sha256: 'abc', projectFolder: '/project' },
      simulate: 'none',
      path: null,
      requestId: null,
    },
    ...ids.map(({ id }): RunEvent => ({ type: 'attempt_started', at, step: id, attempt: 1, agent: 'shell', values })),
    ...ids.map(({ id }, index): RunEvent => ({
      type: 'attempt_finished',
      at: at + 1000 + index,
      step: id,
      attempt: 1,
      result: success,
    })),
  ]
}
