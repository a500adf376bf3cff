import type { Cause, Outcome, SkipCause } from '../../../base/cause.ts'
import type { Instant } from '../../../base/ids.ts'
import type { RunFact } from '../../../ports/client.ts'
import type { RunResponse, StepResponse } from '../../../ports/response.ts'

/**
 * A run as it is shown while it goes on: a snapshot, kept up to date by facts. Steps are in the plan's order, and what
 * is inside of a step follows it. It is changed in place, because a run of thousands of steps is redrawn ten times a
 * second.
 */
export type RunView = {
  readonly runId: string
  readonly plan: string
  readonly simulated: boolean
  readonly submittedAt: Instant
  steps: readonly StepView[]
  readonly byId: Map<string, StepView>
  /** Steps that were opened are not counted, but the steps in them. */
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
  readonly label: string | null
  readonly finally: boolean
  /** The step whose instance it is, or whose sub-plan it belongs to. */
  readonly inside: string | null
  readonly dependsOn: readonly string[]
  /** When its first attempt started, or its gate opened. */
  begunAt: Instant | null
  /** How many steps are inside of it now. */
  contains: number
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
  /** A matrix, `for_each` or sub-plan whose steps are under way. */
  | { readonly status: 'open'; readonly since: Instant | null; readonly contains: number }
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
      ...now,
    }
  })
  const view: RunView = {
    runId: response.run_id,
    plan: response.plan,
    simulated: response.simulated,
    submittedAt: Date.parse(response.submitted_at),
    steps,
    byId: new Map(steps.map((step) => [step.id, step])),
    counts: { waiting: 0, queued: 0, running: 0, retrying: 0, gated: 0, held: 0, open: 0, finished: 0 },
    failed: 0,
    cancelled: 0,
    skipped: 0,
    cancels: 0,
    finally: false,
    finishedAt: fromStart ? null : instantOf(response.finished_at),
  }
  for (const { contains, shown } of steps) if (contains === 0) count(view, shown, 1)
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
    if (fact.type === 'step_opened') open(view, step, fact)
    if (fact.type === 'step_voided') takeBack(view, step, fact.dropped)
    const shown = shownAfter(step, fact)
    if (shown !== null) show(view, step, shown)
  } else if (fact.type === 'retry_requested') Object.assign(view, { cancels: 0, finally: false, finishedAt: null })
  else if (fact.type === 'cancel_requested') view.cancels++
  else if (fact.type === 'finally_started') view.finally = true
  else if (fact.type === 'run_finished') view.finishedAt = fact.at
}

function show(view: RunView, step: StepView, shown: StepShown): void {
  if (step.contains === 0) count(view, step.shown, -1)
  step.shown = shown
  if (step.contains === 0) count(view, shown, 1)
}

/** The steps of a matrix, `for_each` or sub-plan stand behind it from now on. */
function open(view: RunView, step: StepView, fact: Extract<RunFact, { readonly type: 'step_opened' }>): void {
  const fresh = fact.steps.filter(({ id }) => !view.byId.has(id)).map((one): StepView => {
    const { id, kind, label, depends_on: dependsOn } = one
    return { id, kind, label, inside: step.id, dependsOn, finally: one.finally, begunAt: null, contains: 0, shown: { status: 'waiting' } }
  }) // prettier-ignore
  step.begunAt ??= fact.at
  if (fresh.length === 0) return
  if (step.contains === 0) count(view, step.shown, -1)
  step.contains += fresh.length
  for (const one of fresh) {
    view.byId.set(one.id, one)
    count(view, one.shown, 1)
  }
  const place = view.steps.indexOf(step) + 1
  view.steps = view.steps.toSpliced(place, 0, ...fresh)
}

/** A step is at its beginning again, or no longer there. */
function takeBack(view: RunView, step: StepView, dropped: boolean): void {
  step.begunAt = null
  if (!dropped) return show(view, step, { status: 'waiting' })
  count(view, step.shown, -1)
  view.byId.delete(step.id)
  view.steps = view.steps.filter((one) => one !== step)
  const owner = step.inside === null ? undefined : view.byId.get(step.inside)
  if (owner !== undefined && --owner.contains === 0) count(view, owner.shown, 1)
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
        attempts: fact.attempts,
        startedAt: begunAt,
        finishedAt: fact.at,
      }
    case 'step_opened':
      return { status: 'open', since: fact.at, contains: fact.steps.length }
    case 'step_voided':
    case 'items_evaluated':
    case 'inputs_evaluated':
    case 'outputs_evaluated':
    case 'retry_requested':
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

/** How many steps there are, those that were opened not counted. */
export const totalOf = ({ counts }: RunView): number => Object.values(counts).reduce((sum, amount) => sum + amount, 0)

/** Whether only people seem to be able to move the run; the holder has the last word (`waiting_for`). */
export function seemsToWait({ counts, finishedAt }: RunView): boolean {
  return finishedAt === null && counts.gated + counts.held > 0 && counts.running + counts.queued + counts.retrying === 0
}
