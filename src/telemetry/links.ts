import type { RunState } from '../run/state.ts'
import { attemptSpanId, gateSpanId } from './ids.ts'
import type { SpanLink } from './span.ts'

/**
 * Where a span of a step points to: the final spans of the steps that it depends on, and the attempt that it repeats.
 * The latter is last, because the SDK keeps the last links when there are too many.
 */
export function linksOf(run: RunState, index: number, attempt: number): readonly SpanLink[] {
  const { step, dependsOn } = run.graph.nodes[index]! // `changed` holds indices of this graph
  const links: SpanLink[] = []
  for (const need of dependsOn) {
    const spanId = finalSpanId(run, need)
    if (spanId !== null) links.push({ spanId, type: 'depends_on' })
  }
  if (attempt > 1) links.push({ spanId: attemptSpanId(run.id, step.id, attempt - 1), type: 'retry_of' })
  return links
}

/** The span that tells how a step ended, or `null` when there is none: it was skipped. */
function finalSpanId(run: RunState, index: number): string | null {
  const { step } = run.graph.nodes[index]!
  const state = run.steps.get(index)
  if (state.status !== 'finished') return null
  if (state.past.count > 0) return attemptSpanId(run.id, step.id, state.past.count)
  if (state.outcome === 'skip') return null
  const neverOpened = state.cause === 'expression_failed'
  return step.body.kind === 'approval' && !neverOpened ? gateSpanId(run.id, step.id) : attemptSpanId(run.id, step.id, 0)
}
