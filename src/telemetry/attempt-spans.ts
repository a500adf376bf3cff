import type { AttemptResult, RunEvent } from '../run/event.ts'
import type { RunState, StepFinished, StepState } from '../run/state.ts'
import { cicd, errorType, exitCode, genAi, own } from './conventions.ts'
import { attemptSpanId, queueSpanId, runSpanId, traceIdOf } from './ids.ts'
import { linksOf } from './links.ts'
import { runAttributes } from './run-spans.ts'
import { attributes, errorOf, spanName, type SpanRecord } from './span.ts'

type Running = Extract<StepState, { readonly status: 'running' }>

/** What a span tells of an attempt's end. */
type Ending = Omit<AttemptResult, 'outputs' | 'signal' | 'outputBytes' | 'outputTruncated'> & {
  readonly outputBytes: number | null
  readonly outputTruncated: boolean | null
}

/** Waits below this are the engine's own pace, not a queue; each attempt has its wait as an attribute all the same. */
const shortestQueueMs = 50

/** One attempt, from the intent to start it to its end. A failed attempt is an error, whatever becomes of the step. */
export function attemptSpan(run: RunState, index: number, was: Running, event: RunEvent): SpanRecord {
  const { step } = run.graph.nodes[index]! // `changed` holds indices of this graph
  const result: Ending = event.type === 'attempt_finished' ? event.result : lost
  const agent = step.body.kind !== 'run'
  return {
    traceId: traceIdOf(run.id),
    spanId: attemptSpanId(run.id, step.id, was.attempt),
    parentSpanId: runSpanId(run.id),
    name: spanName(agent ? `invoke_agent ${was.agent}` : `step ${step.id}`),
    kind: 'internal',
    startAt: was.startedAt,
    endAt: Math.max(was.startedAt, event.at),
    attributes: attributes({
      ...stepAttributes(run, index, was.attempt),
      [cicd.taskRunResult]: result.outcome,
      [errorType]: result.outcome === 'success' ? null : (result.cause ?? result.outcome),
      [own.waitMs]: Math.max(0, was.startedAt - was.queuedAt),
      [exitCode]: result.exitCode,
      [own.outputBytes]: result.outputBytes,
      [own.outputTruncated]: result.outputTruncated,
      [own.simulated]: result.simulated ? true : null,
      [own.costUsd]: result.costUsd,
      [own.costSource]: result.costUsd === null ? null : 'agent_reported',
      ...(agent ? agentAttributes(was.agent, step.model, result) : {}),
    }),
    links: linksOf(run, index, was.attempt),
    error: errorOf(result.outcome, result.cause, result.message),
  }
}

/** The wait for a slot. It lies before the attempt, so its parent is the run. */
export function queueSpan(run: RunState, index: number, is: Running): SpanRecord | null {
  const { step } = run.graph.nodes[index]!
  if (is.startedAt - is.queuedAt < shortestQueueMs) return null
  return {
    traceId: traceIdOf(run.id),
    spanId: queueSpanId(run.id, step.id, is.attempt),
    parentSpanId: runSpanId(run.id),
    name: 'queue',
    kind: 'internal',
    startAt: is.queuedAt,
    endAt: is.startedAt,
    attributes: attributes({
      ...stepAttributes(run, index, is.attempt),
      // The plan's own limit if this start filled it up again; else the slots of the state folder.
      [own.queueReason]: run.sets.running.size === run.plan.constraints.maxParallel ? 'constraint' : 'max_parallel',
    }),
    links: [],
    error: null,
  }
}

/** A step that failed before its first attempt, for example because an expression could not be evaluated. */
export function neverStartedSpan(run: RunState, index: number, is: StepFinished): SpanRecord {
  const { step } = run.graph.nodes[index]!
  return {
    traceId: traceIdOf(run.id),
    spanId: attemptSpanId(run.id, step.id, 0),
    parentSpanId: runSpanId(run.id),
    name: spanName(`step ${step.id}`),
    kind: 'internal',
    startAt: is.finishedAt,
    endAt: is.finishedAt,
    attributes: attributes({
      ...stepAttributes(run, index, 0),
      [cicd.taskRunResult]: is.outcome,
      [errorType]: is.outcome === 'success' ? null : (is.cause ?? is.outcome),
    }),
    links: linksOf(run, index, 0),
    error: errorOf(is.outcome, is.cause, is.message),
  }
}

function stepAttributes(run: RunState, index: number, attempt: number): { readonly [name: string]: string | number } {
  const { step } = run.graph.nodes[index]!
  return {
    ...runAttributes(run),
    [cicd.taskName]: step.id,
    [cicd.taskRunId]: `${run.id}/${step.id}/${attempt}`,
    [cicd.taskType]: step.body.kind,
    [own.attempt]: attempt,
  }
}

const agentAttributes = (
  agent: string,
  model: string | null,
  { usage }: Ending,
): { readonly [name: string]: string | number | null } => ({
  [genAi.operation]: 'invoke_agent',
  [genAi.agentName]: agent,
  [genAi.requestModel]: model,
  [genAi.inputTokens]: usage?.inputTokens ?? null,
  [genAi.outputTokens]: usage?.outputTokens ?? null,
})

/** What is known of an attempt whose processes are gone. */
const lost: Ending = {
  outcome: 'error',
  cause: 'daemon_lost',
  message: 'its processes were lost, and no result was left',
  exitCode: null,
  usage: null,
  costUsd: null,
  simulated: false,
  outputBytes: null,
  outputTruncated: null,
}
