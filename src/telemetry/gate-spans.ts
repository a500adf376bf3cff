import type { RunEvent } from '../run/event.ts'
import type { RunState, StepGated, StepState } from '../run/state.ts'
import { cicd, errorType, own } from './conventions.ts'
import { gateMarkerId, gateSpanId, traceIdOf } from './ids.ts'
import { linksOf, parentOf } from './links.ts'
import { runAttributes } from './run-spans.ts'
import { attributes, errorOf, type SpanRecord } from './span.ts'

/** A gate from its opening to its decision, which may be days; made when it is decided, cut off or taken back. */
export function gateSpan(run: RunState, index: number, was: StepGated, event: RunEvent): SpanRecord {
  const is = run.states.get(index)
  const { id } = run.steps.get(index)
  const { decision, decidedBy, message, outcome, cause } = verdictOf(
    is,
    event.type === 'gate_decided' && event.step === id,
  )
  return {
    traceId: traceIdOf(run.id),
    spanId: gateSpanId(run.id, id, was.past.openings),
    parentSpanId: parentOf(run, index),
    name: was.reviewed === undefined ? 'gate approval' : 'gate review',
    kind: 'internal',
    startAt: was.openedAt,
    endAt: Math.max(was.openedAt, event.at),
    attributes: attributes({
      ...gateAttributes(run, index, was),
      [cicd.taskRunResult]: outcome,
      [errorType]: outcome === 'success' ? null : (cause ?? outcome),
      [own.gateDecision]: decision,
      [own.gateDecidedBy]: decidedBy,
    }),
    links: linksOf(run, index, 1),
    error: errorOf(outcome, cause, message),
  }
}

/** A mark at the gate's opening: a run that waits for a person is visible at once. */
export function gateMarker(run: RunState, index: number, is: StepGated): SpanRecord {
  return {
    traceId: traceIdOf(run.id),
    spanId: gateMarkerId(run.id, run.steps.get(index).id, is.past.openings),
    parentSpanId: parentOf(run, index),
    name: 'gate opened',
    kind: 'internal',
    startAt: is.openedAt,
    endAt: is.openedAt,
    attributes: attributes(gateAttributes(run, index, is)),
    links: [],
    error: null,
  }
}

const gateAttributes = (
  run: RunState,
  index: number,
  { past, reviewed }: StepGated,
): { readonly [name: string]: string } => {
  const { id, spec } = run.steps.get(index)
  return {
    ...runAttributes(run),
    [cicd.taskName]: id,
    [cicd.taskRunId]: `${run.id}/${id}/${past.openings}`,
    [cicd.taskType]: spec.body.kind,
    [own.gateType]: reviewed === undefined ? 'approval' : 'review',
  }
}

type Verdict = Pick<Extract<StepState, { readonly status: 'finished' }>, 'outcome' | 'cause' | 'message'> & {
  readonly decision: string | null
  readonly decidedBy: string | null
}

/** Who decided, as a kind: names and comments of people stay out of traces. */
function verdictOf(is: StepState, isDecided: boolean): Verdict {
  if (is.status !== 'finished') {
    return isDecided
      ? {
          outcome: 'failure',
          cause: 'gate_rejected',
          decision: 'reject',
          decidedBy: 'human',
          message: 'rejected by a person',
        }
      : {
          outcome: 'cancellation',
          cause: 'cancelled',
          decision: null,
          decidedBy: null,
          message: 'the run was taken back to before it',
        }
  }
  const { outcome, cause, decidedBy } = is
  if (outcome === 'success') return { outcome, cause, decision: 'approve', decidedBy: 'human', message: null }
  if (cause !== 'gate_rejected') return { outcome, cause, decision: null, decidedBy: null, message: null }
  return decidedBy === null
    ? { outcome, cause, decision: 'reject', decidedBy: 'timeout', message: 'nobody answered in time' }
    : { outcome, cause, decision: 'reject', decidedBy: 'human', message: 'rejected by a person' }
}
