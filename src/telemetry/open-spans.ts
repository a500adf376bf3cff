import type { Instant } from '../base/ids.ts'
import type { RunState, StepState } from '../run/state.ts'
import type { RunEvent } from '../run/event.ts'
import { stepAttributes } from './attempt-spans.ts'
import { cicd, errorType } from './conventions.ts'
import { openSpanId, traceIdOf } from './ids.ts'
import { linksOf, parentOf } from './links.ts'
import { attributes, errorOf, spanName, type SpanRecord } from './span.ts'

/** Since when a step is open, and how often it was opened. */
export type Opened = { readonly since: Instant; readonly openings: number }

/** A matrix, `for_each` or sub-plan from its opening to its end; the spans of the steps in it lie below. */
export function openSpan(run: RunState, index: number, opened: Opened, event: RunEvent): SpanRecord {
  const { id, spec } = run.steps.get(index)
  const is = run.states.get(index)
  const { outcome, cause, message } = endOf(is)
  return {
    traceId: traceIdOf(run.id),
    spanId: openSpanId(run.id, id, opened.openings),
    parentSpanId: parentOf(run, index),
    name: spanName(`${spec.body.kind === 'plan' ? 'plan' : 'matrix'} ${id}`),
    kind: 'internal',
    startAt: opened.since,
    endAt: Math.max(opened.since, event.at),
    attributes: attributes({
      ...stepAttributes(run, index, opened.openings),
      [cicd.taskRunResult]: outcome,
      [errorType]: outcome === 'success' ? null : (cause ?? outcome),
    }),
    links: linksOf(run, index, 1),
    error: outcome === 'skip' ? null : errorOf(outcome, cause, message),
  }
}

type End = Pick<Extract<StepState, { readonly status: 'finished' }>, 'outcome' | 'cause' | 'message'>

function endOf(is: StepState): End {
  if (is.status === 'finished') return is
  if (is.status === 'backing_off') return { outcome: 'failure', cause: is.past.lastCause, message: null }
  return { outcome: 'cancellation', cause: 'cancelled', message: 'the run was taken back to before it' }
}
