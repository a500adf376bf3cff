import type { Instant } from '../../../base/ids.ts'
import type { RunResponse, StepResponse } from '../../../ports/response.ts'
import { count, type RunView, type StepShown, type StepView } from './run-view.ts'

/** The view of a snapshot. `fromStart`: as the run was when nothing had begun, for a stream that tells all of it. */
export function viewOf(response: RunResponse, { fromStart }: { readonly fromStart: boolean }): RunView {
  const known = fromStart ? response.steps.filter(({ inside }) => inside === null) : response.steps
  const steps = known.map((step): StepView => {
    const { id, kind, label, inside, depends_on: dependsOn } = step
    const now = fromStart
      ? { shown: { status: 'waiting' } as const, begunAt: null }
      : { shown: shownOf(step), begunAt: instantOf(step.started_at) }
    return {
      id,
      kind,
      label,
      inside,
      dependsOn,
      finally: step.finally,
      contains: fromStart ? 0 : (step.contains ?? 0),
      overlaps: new Map(fromStart ? [] : step.overlaps.map((overlap) => [overlap.step, overlap.files] as const)),
      ...now,
    }
  })
  const view: RunView = {
    runId: response.run_id,
    plan: response.plan,
    simulated: response.simulated,
    gatesProtected: response.gates_protected,
    submittedAt: Date.parse(response.submitted_at),
    steps,
    byId: new Map(steps.map((step) => [step.id, step])),
    counts: { waiting: 0, queued: 0, running: 0, retrying: 0, gated: 0, held: 0, paused: 0, open: 0, finished: 0 },
    failed: 0,
    cancelled: 0,
    skipped: 0,
    cancels: 0,
    finally: false,
    finishedAt: fromStart ? null : instantOf(response.finished_at),
    standstill: fromStart ? null : standstillOf(response),
  }
  for (const { contains, shown } of steps) if (contains === 0) count(view, shown, 1)
  return view
}

function standstillOf({ waiting }: RunResponse): RunView['standstill'] {
  return waiting === null ? null : { for: waiting.for, why: waiting.why, needsPerson: waiting.needs_person }
}

function shownOf(step: StepResponse): StepShown {
  switch (step.status) {
    case 'waiting':
    case 'held':
      return { status: step.status }
    case 'paused':
      return { status: 'paused', why: step.message ?? '' }
    case 'queued':
      return { status: 'queued', attempt: step.attempts + 1, since: null }
    case 'running':
      if (step.contains !== null) return { status: 'open', since: instantOf(step.started_at), contains: step.contains }
      return {
        status: 'running',
        attempt: step.attempts,
        agent: step.agent ?? '',
        startedAt: step.attempts === 1 ? instantOf(step.started_at) : null,
        cause: null,
      }
    case 'retrying':
      return { status: 'retrying', attempt: step.attempts + 1, until: null, cause: step.cause }
    case 'gated': {
      const { gate } = step
      const openedAt = instantOf(gate?.opened_at ?? null) ?? 0
      return {
        status: 'gated',
        prompt: gate?.prompt ?? '',
        openedAt,
        deadlineAt: instantOf(gate?.deadline_at ?? null),
        tree: gate?.tree ?? null,
      }
    }
    case 'finished':
      return {
        status: 'finished',
        outcome: step.outcome ?? 'error',
        cause: step.cause,
        skipCause: step.skip_cause,
        message: step.message,
        attempts: step.attempts,
        startedAt: instantOf(step.started_at),
        finishedAt: instantOf(step.finished_at) ?? 0,
      }
  }
}

const instantOf = (time: string | null): Instant | null => (time === null ? null : Date.parse(time))
