import { liveLevelIn } from '../run/find.ts'
import type { RunState } from '../run/state.ts'
import { attemptSpanId, gateSpanId, openSpanId, runSpanId } from './ids.ts'
import type { SpanLink } from './span.ts'

/** The parent of a step's spans: the run, or the matrix, `for_each` or sub-plan in which it stands. */
export function parentOf(run: RunState, index: number): string {
  const { owner } = run.levels.get(run.steps.get(index).level)
  if (owner === null) return runSpanId(run.id, run.retries)
  return openSpanId(run.id, run.steps.get(owner).id, run.states.get(owner).past.openings)
}

/**
 * Where a span of a step points to: the final spans of the steps that it depends on, and the attempt that it repeats.
 * The latter is last, because the SDK keeps the last links when there are too many.
 */
export function linksOf(run: RunState, index: number, attempt: number): readonly SpanLink[] {
  const { id, level: number } = run.steps.get(index)
  const { base, graph } = run.levels.get(number)
  const links: SpanLink[] = []
  for (const need of graph.steps[index - base]!.dependsOn) {
    const spanId = finalSpanId(run, base + need)
    if (spanId !== null) links.push({ spanId, type: 'depends_on' })
  }
  if (attempt > 1) links.push({ spanId: attemptSpanId(run.id, id, attempt - 1), type: 'retry_of' })
  return links
}

/** The span that tells how a step ended, or `null` when there is none: it was skipped. */
function finalSpanId(run: RunState, index: number): string | null {
  const { id, spec } = run.steps.get(index)
  const state = run.states.get(index)
  if (state.status !== 'finished') return null
  const { count, openings } = state.past
  if (liveLevelIn(run, index) !== undefined) return openSpanId(run.id, id, openings)
  if (count > 0) return attemptSpanId(run.id, id, count)
  if (state.outcome === 'skip') return null
  const neverOpened = state.cause === 'expression_failed'
  return spec.body.kind === 'approval' && !neverOpened ? gateSpanId(run.id, id, openings) : attemptSpanId(run.id, id, 0)
}
