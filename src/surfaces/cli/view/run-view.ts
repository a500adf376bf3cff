import type { Cause, Outcome, SkipCause } from '../../../base/cause.ts'
import type { Instant } from '../../../base/ids.ts'
import type { RunFact } from '../../../ports/client.ts'
import type { RunResponse, StepResponse } from '../../../ports/response.ts'

/**
 * A run as it is shown while it goes on: a snapshot, kept up to date by facts. Steps are in the plan's order.
 * It is changed in place, because a run of thousands of steps is redrawn ten times a second.
 */
export type RunView = {
  readonly runId: string
  readonly plan: string
  readonly simulated: boolean
  readonly submittedAt: Instant
  readonly steps: readonly StepView[]
  readonly byId: ReadonlyMap<string, StepView>
  readonly counts: { [status in StepShown['status']]: number }
  /** Finished steps that neither succeeded, were skipped nor cancelled. */
  failed: number
  cancelled: number
  skipped: number
  cancels: number
  finally: boolean
  finishedAt: Instant | null
}

export type StepView = {
  readonly id: string
  readonly kind: StepResponse['kind']
  readonly finally: boolean
  readonly dependsOn: readonly string[]
  /** When its first attempt started, or its gate opened. */
  begunAt: Instant | null
  shown: StepShown
}

/** What is known of a step at this moment. */
export type StepShown =
  | { readonly status: 'waiting' }
  | { readonly status: 'queued'; readonly attempt: number; readonly since: Instant | null }
  | {
      readonly status: 'running'
      readonly attempt: number
      readonly agent: string
      /** Of this attempt; `null` when a snapshot does not tell. */
      readonly startedAt: Instant | null
      /** Why the attempt was no success, once its result is there; what becomes of the step is told right behind. */
      readonly cause: Cause | null
    }
  | {
      readonly status: 'retrying'
      readonly attempt: number
      readonly until: Instant | null
      readonly cause: Cause | null
    }
  | {
      readonly status: 'gated'
      readonly prompt: string
      readonly openedAt: Instant
      readonly deadlineAt: Instant | null
    }
  | { readonly status: 'held' }
  | StepEnded

export type StepEnded = {
  readonly status: 'finished'
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skipCause: SkipCause | null
  readonly message: string | null
  readonly attempts: number
  readonly startedAt: Instant | null
  readonly finishedAt: Instant
}

/** The view of a snapshot. `fromStart`: as the run was when nothing had begun, for a stream that tells all of it. */
export function viewOf(response: RunResponse, { fromStart }: { readonly fromStart: boolean }): RunView {
  const steps = response.steps.map((step): StepView => {
    const { id, kind, depends_on: dependsOn } = step
    const now = fromStart
      ? { shown: { status: 'waiting' } as const, begunAt: null }
      : { shown: shownOf(step), begunAt: instantOf(step.started_at) }
    return { id, kind, dependsOn, finally: step.finally, ...now }
  })
  const view: RunView = {
    runId: response.run_id,
    plan: response.plan,
    simulated: response.simulated,
    submittedAt: Date.parse(response.submitted_at),
    steps,
    byId: new Map(steps.map((step) => [step.id, step])),
    counts: { waiting: 0, queued: 0, running: 0, retrying: 0, gated: 0, held: 0, finished: 0 },
    failed: 0,
    cancelled: 0,
    skipped: 0,
    cancels: 0,
    finally: false,
    finishedAt: fromStart ? null : instantOf(response.finished_at),
  }
  for (const { shown } of steps) count(view, shown, 1)
  return view
}

function shownOf(step: StepResponse): StepShown {
  switch (step.status) {
    case 'waiting':
    case 'held':
      return { status: step.status }
    case 'queued':
      return { status: 'queued', attempt: step.attempts + 1, since: null }
    case 'running':
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

/** Takes one fact in. Facts of steps that the view does not know are passed over. */
export function applyFact(view: RunView, fact: RunFact): void {
  if ('step' in fact) {
    const step = view.byId.get(fact.step)
    if (step === undefined) return
    if (fact.type === 'attempt_started' || fact.type === 'gate_opened') step.begunAt ??= fact.at
    const shown = shownAfter(step, fact)
    if (shown !== null) {
      count(view, step.shown, -1)
      step.shown = shown
      count(view, shown, 1)
    }
  } else if (fact.type === 'cancel_requested') view.cancels++
  else if (fact.type === 'finally_started') view.finally = true
  else if (fact.type === 'run_finished') view.finishedAt = fact.at
}

function shownAfter({ shown: before, begunAt }: StepView, fact: RunFact): StepShown | null {
  switch (fact.type) {
    case 'step_ready':
      return { status: 'queued', attempt: fact.attempt, since: fact.at }
    case 'attempt_started':
      return { status: 'running', attempt: fact.attempt, agent: fact.agent, startedAt: fact.at, cause: null }
    case 'step_retrying':
      return {
        status: 'retrying',
        attempt: fact.attempt,
        until: fact.until,
        cause: before.status === 'running' ? before.cause : null,
      }
    case 'attempt_finished':
      return before.status === 'running' ? { ...before, cause: fact.result.cause } : null
    case 'gate_opened':
      return { status: 'gated', prompt: fact.prompt, openedAt: fact.at, deadlineAt: null }
    case 'step_held':
      return { status: 'held' }
    case 'step_finished':
      return {
        status: 'finished',
        outcome: fact.outcome,
        cause: fact.cause,
        skipCause: fact.skip_cause,
        message: fact.message,
        attempts: before.status === 'running' ? before.attempt : 'attempt' in before ? before.attempt - 1 : 0,
        startedAt: begunAt,
        finishedAt: fact.at,
      }
    case 'run_submitted':
    case 'condition_evaluated':
    case 'expression_failed':
    case 'attempt_lost':
    case 'attempt_decided':
    case 'gate_decided':
    case 'deadline_reached':
    case 'cancel_requested':
    case 'finally_started':
    case 'run_finished':
      return null
  }
}

function count(view: RunView, shown: StepShown, by: 1 | -1): void {
  view.counts[shown.status] += by
  if (shown.status !== 'finished') return
  if (shown.outcome === 'skip') view.skipped += by
  else if (shown.outcome === 'cancellation') view.cancelled += by
  else if (shown.outcome !== 'success') view.failed += by
}

const instantOf = (time: string | null): Instant | null => (time === null ? null : Date.parse(time))

/** Whether only people seem to be able to move the run; the holder has the last word (`waiting_for`). */
export function seemsToWait({ counts, finishedAt }: RunView): boolean {
  return finishedAt === null && counts.gated + counts.held > 0 && counts.running + counts.queued + counts.retrying === 0
}
