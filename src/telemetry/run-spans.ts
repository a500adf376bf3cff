import type { RunState } from '../run/state.ts'
import { cicd, errorType, own } from './conventions.ts'
import { runMarkerId, runSpanId, traceIdOf } from './ids.ts'
import { attributes, errorOf, spanName, type Attributes, type SpanRecord } from './span.ts'

/** What every span of a run carries, so that a long run is found by its id outside of a search window too. */
export const runAttributes = (run: RunState): { readonly [name: string]: string } => ({
  [cicd.pipelineName]: run.plan.name,
  [cicd.runId]: run.id,
})

/** A run's span, the parent of all others: from its submission, or from when it was retried, to its end. */
export function runSpan(run: RunState): SpanRecord {
  const outcome = run.outcome ?? 'error' // a finished run has an outcome
  return {
    ...rootOf(run),
    spanId: runSpanId(run.id, run.retries),
    parentSpanId: null,
    kind: 'server',
    endAt: Math.max(run.begunAt, run.finishedAt ?? run.begunAt),
    attributes: {
      ...rootAttributes(run),
      ...attributes({
        [cicd.pipelineResult]: outcome,
        [errorType]: outcome === 'success' ? null : (run.cause ?? outcome),
        [own.stepsSucceeded]: run.counts.success,
        [own.stepsFailed]: run.counts.failed,
        [own.stepsSkipped]: run.counts.skipped,
      }),
    },
    error: errorOf(outcome, run.cause, messageOf(run)),
  }
}

/** A mark at the run's beginning: what makes a run that goes on visible. */
export function runMarker(run: RunState): SpanRecord {
  return {
    ...rootOf(run),
    spanId: runMarkerId(run.id, run.retries),
    parentSpanId: runSpanId(run.id, run.retries),
    kind: 'internal',
    endAt: run.begunAt,
    attributes: { ...rootAttributes(run), [own.phase]: 'started' },
    error: null,
  }
}

const rootOf = (run: RunState): Pick<SpanRecord, 'traceId' | 'name' | 'startAt' | 'links'> => ({
  traceId: traceIdOf(run.id),
  name: spanName(`RUN ${run.plan.name}`),
  startAt: run.begunAt,
  links: [],
})

const rootAttributes = (run: RunState): Attributes =>
  attributes({
    ...runAttributes(run),
    [cicd.pipelineAction]: 'RUN',
    [own.planSha256]: run.source.sha256,
    [own.planSteps]: run.levels.get(0).graph.steps.length,
    [own.simulated]: run.simulate === 'none' ? null : true,
  })

function messageOf({ firstFailure, cause }: RunState): string | null {
  if (firstFailure === null || cause === 'cancelled') return null
  return `step "${firstFailure.step}": ${firstFailure.cause ?? firstFailure.outcome}`
}
