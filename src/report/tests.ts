import { stepId } from '../base/ids.ts'
import { isJsonObject, type Json } from '../base/json.ts'
import { testsId } from '../plan/implicit.ts'
import type { StepResponse } from '../ports/response.ts'
import { stepState } from '../run/find.ts'
import type { RunState } from '../run/state.ts'

/** The tests that failed, as far as they are named. */
export function failedTests(steps: readonly StepResponse[]): readonly FailedTest[] {
  const outputs = steps.find(({ id, implicit }) => implicit && id === testsId)?.outputs
  const failures = isJsonObject(outputs) ? outputs['failures'] : null
  return (Array.isArray(failures) ? failures : []).flatMap((failure: Json) => {
    if (!isJsonObject(failure) || typeof failure['name'] !== 'string') return []
    const { name, file, message } = failure
    return [{ name, file: textOf(file), message: textOf(message) }]
  })
}

type FailedTest = { readonly name: string; readonly file: string | null; readonly message: string | null }

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

/** `15/15 passed`, with what was left out; `null`: no tests were required, or their number is not known. */
export function testResults(run: RunState): string | null {
  const state = run.plan.constraints.requireTests === null ? undefined : stepState(run, stepId(testsId))
  if (state?.status !== 'finished' || !isJsonObject(state.outputs)) return null
  const { passed, total, skipped } = state.outputs
  if (typeof passed !== 'number' || typeof total !== 'number' || typeof skipped !== 'number') return null
  const left = skipped === 0 ? '' : `, ${skipped} skipped`
  return `${passed}/${total - skipped} passed${left}`
}
