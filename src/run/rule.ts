import type { SkipCause } from '../base/cause.ts'
import type { Step, TriggerRule } from '../plan/plan.ts'
import type { StepFinished } from './state.ts'

/**
 * How a finished step counts for rules and for the run. `failed_skip`: it was skipped because of a failure, which
 * `none_failed*` treats as a failure.
 */
export type Standing = 'success' | 'failed' | 'skipped' | 'failed_skip'

export function standingOf(step: Step, state: StepFinished): Standing {
  switch (state.outcome) {
    case 'success':
      return 'success'
    case 'skip':
      return state.skipCause === 'condition' || state.skipCause === 'upstream_skipped' ? 'skipped' : 'failed_skip'
    case 'failure':
    case 'error':
    case 'timeout':
      return step.continueOnError ? 'success' : 'failed'
    case 'cancellation':
      return 'failed'
  }
}

/** Whether a step whose dependencies are all finished may go on: `null`, or why it is skipped. */
export function skipCauseOf(rule: TriggerRule, dependencies: readonly Standing[]): SkipCause | null {
  if (dependencies.length === 0 || rule === 'all_done') return null
  const failed = dependencies.some((standing) => standing === 'failed' || standing === 'failed_skip')
  const succeeded = dependencies.includes('success')
  const because: SkipCause = failed ? 'upstream_failed' : 'upstream_skipped'
  switch (rule) {
    case 'all_success':
      return dependencies.every((standing) => standing === 'success') ? null : because
    case 'one_success':
      return succeeded ? null : because
    case 'none_failed':
      return failed ? because : null
    case 'none_failed_min_one_success':
      return failed || !succeeded ? because : null
  }
}
