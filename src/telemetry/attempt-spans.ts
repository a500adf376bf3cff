import type { AttemptResult } from '../run/attempt-result.ts'
import type { RunEvent } from '../run/event.ts'
import { judged } from '../run/reviewed.ts'
import type { RunState, StepFinished, StepRunning } from '../run/state.ts'
import { cicd, errorType, exitCode, genAi, own } from './conventions.ts'
import { attemptSpanId, queueSpanId, traceIdOf } from './ids.ts'
import { linksOf, parentOf } from './links.ts'
import { runAttributes } from './run-spans.ts'
import { attributes, errorOf, spanName, type SpanRecord } from './span.ts'

/** What a span tells of an attempt's end. */
type Ending = Omit<AttemptResult, 'outputs' | 'signal' | 'outputBytes' | 'outputTruncated'> & {
  readonly outputBytes: number | null
  readonly outputTruncated: boolean | null
}

/** Waits below this are the engine's own pace, not a queue; each attempt has its wait as an attribute all the same. */
const shortestQueueMs = 50

/** One attempt, from the intent to start it to its end. A failed attempt is an error, whatever becomes of the step. */
export function attemptSpan(run: RunState, index: number, was: StepRunning, event: RunEvent): SpanRecord {
  const { id, spec } = run.steps.get(index)
  const result: Ending = event.type === 'attempt_finished' ? judged(event.result) : lost
  const agent = spec.body.kind !== 'run'
  return {
    traceId: traceIdOf(run.id),
    spanId: attemptSpanId(run.id, id, was.attempt),
    parentSpanId: parentOf(run, index),
    name: spanName(agent ? `invoke_agent ${was.agent}` : `step ${id}`),
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
      [own.sandbox]: result.sandbox ?? null,
      [own.simulated]: result.simulated ? true : null,
      [own.costUsd]: result.untold?.cost === true ? null : result.costUsd,
      [own.costSource]: sourceOf(result),
      [own.reservedUsd]: was.reserved?.usd ?? null,
      ...(agent ? agentAttributes(was.agent, spec.model, result) : {}),
    }),
    links: linksOf(run, index, was.attempt),
    error: errorOf(result.outcome, result.cause, result.message),
  }
}

/** The wait for a slot. It lies before the attempt, so its parent is the run. */
export function queueSpan(run: RunState, index: number, is: StepRunning): SpanRecord | null {
  const { id, level } = run.steps.get(index)
  if (is.startedAt - is.queuedAt < shortestQueueMs) return null
  return {
    traceId: traceIdOf(run.id),
    spanId: queueSpanId(run.id, id, is.attempt),
    parentSpanId: parentOf(run, index),
    name: 'queue',
    kind: 'internal',
    startAt: is.queuedAt,
    endAt: is.startedAt,
    attributes: attributes({
      ...stepAttributes(run, index, is.attempt),
      // The plan's own limit if this start filled it up again; else the slots of the state folder.
      [own.queueReason]: isFull(run, level) ? 'constraint' : 'max_parallel',
    }),
    links: [],
    error: null,
  }
}

/** Whether a level around has as many attempts running as its own limit allows. */
function isFull(run: RunState, number: number): boolean {
  const { maxParallel, running, parent } = run.levels.get(number)
  return running === maxParallel || (parent !== null && isFull(run, parent))
}

/** A step that failed before its first attempt, for example because an expression could not be evaluated. */
export function neverStartedSpan(run: RunState, index: number, is: StepFinished): SpanRecord {
  const { id } = run.steps.get(index)
  return {
    traceId: traceIdOf(run.id),
    spanId: attemptSpanId(run.id, id, 0),
    parentSpanId: parentOf(run, index),
    name: spanName(`step ${id}`),
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

export function stepAttributes(
  run: RunState,
  index: number,
  attempt: number,
): { readonly [name: string]: string | number } {
  const { id, spec } = run.steps.get(index)
  return {
    ...runAttributes(run),
    [cicd.taskName]: id,
    [cicd.taskRunId]: `${run.id}/${id}/${attempt}`,
    [cicd.taskType]: spec.body.kind,
    [own.attempt]: attempt,
  }
}

function agentAttributes(
  agent: string,
  model: string | null,
  { usage: told, untold, session, resumed }: Ending,
): { readonly [name: string]: string | number | null } {
  // A part would look like the whole.
  const usage = untold?.usage === true ? null : told
  return {
    [genAi.operation]: 'invoke_agent',
    [genAi.provider]: providers[agent] ?? null,
    [genAi.conversationId]: session ?? null,
    [own.resumed]: resumed ?? null,
    [genAi.agentName]: agent,
    [genAi.requestModel]: model,
    [genAi.inputTokens]: usage?.inputTokens ?? null,
    [genAi.outputTokens]: usage?.outputTokens ?? null,
    [genAi.cacheReadTokens]: usage?.cacheReadTokens ?? null,
    [genAi.cacheWriteTokens]: usage?.cacheWriteTokens ?? null,
    [own.reasoningTokens]: usage?.reasoningTokens ?? null,
  }
}

/** Whose models the agents use that every registry has. */
const providers: { readonly [agent: string]: string } = { claude_code: 'anthropic', openai_codex: 'openai' }

const sourceOf = ({ costUsd, costSource, untold }: Ending): string | null =>
  costUsd === null || untold?.cost === true ? null : costSource === 'list_price' ? 'list_price' : 'agent_reported'

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
