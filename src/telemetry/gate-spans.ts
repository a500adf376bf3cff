import type { RunState, StepFinished, StepState } from '../run/state.ts'
import { cicd, errorType, own } from './conventions.ts'
import { gateMarkerId, gateSpanId, runSpanId, traceIdOf } from './ids.ts'
import { linksOf } from './links.ts'
import { runAttributes } from './run-spans.ts'
import { attributes, errorOf, type SpanRecord } from './span.ts'

type Gated = Extract<StepState, { readonly status: 'gated' }>

/** A gate from its opening to its decision, which may be days; made when it is decided, or cut off with the run. */
export function gateSpan(run: RunState, index: number, was: Gated, is: StepFinished): SpanRecord {
  const { step } = run.graph.nodes[index]! // `changed` holds indices of this graph
  const { decision, decidedBy, message } = verdictOf(is)
  return {
    traceId: traceIdOf(run.id),
    spanId: gateSpanId(run.id, step.id),
    parentSpanId: runSpanId(run.id),
    name: 'gate approval',
    kind: 'internal',
    startAt: was.openedAt,
    endAt: Math.max(was.openedAt, is.finishedAt),
    attributes: attributes({
      ...gateAttributes(run, index),
      [cicd.taskRunResult]: is.outcome,
      [errorType]: is.outcome === 'success' ? null : (is.cause ?? is.outcome),
      [own.gateDecision]: decision,
      [own.gateDecidedBy]: decidedBy,
    }),
    links: linksOf(run, index, 1),
    error: errorOf(is.outcome, is.cause, message),
  }
}

/** A mark at the gate's opening: a run that waits for a person is visible at once. */
export function gateMarker(run: RunState, index: number, is: Gated): SpanRecord {
  const { step } = run.graph.nodes[index]!
  return {
    traceId: traceIdOf(run.id),
    spanId: gateMarkerId(run.id, step.id),
    parentSpanId: runSpanId(run.id),
    name: 'gate opened',
    kind: 'internal',
    startAt: is.openedAt,
    endAt: is.openedAt,
    attributes: attributes(gateAttributes(run, index)),
    links: [],
    error: null,
  }
}

const gateAttributes = (run: RunState, index: number): { readonly [name: string]: string } => {
  const { step } = run.graph.nodes[index]!
  return {
    ...runAttributes(run),
    [cicd.taskName]: step.id,
    [cicd.taskRunId]: `${run.id}/${step.id}/1`,
    [cicd.taskType]: step.body.kind,
    [own.gateType]: 'approval',
  }
}

type Verdict = { readonly decision: string | null; readonly decidedBy: string | null; readonly message: string | null }

/** Who decided, as a kind: names and comments of people stay out of traces. */
function verdictOf({ outcome, cause, decidedBy }: StepFinished): Verdict {
  if (outcome === 'success') return { decision: 'approve', decidedBy: 'human', message: null }
  if (cause !== 'gate_rejected') return { decision: null, decidedBy: null, message: null }
  return decidedBy === null
    ? { decision: 'reject', decidedBy: 'timeout', message: 'nobody answered in time' }
    : { decision: 'reject', decidedBy: 'human', message: 'rejected by a person' }
}
