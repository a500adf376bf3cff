import type { RunFact } from '../../../ports/client.ts'
import type { Overlap } from '../../../run/attempt-result.ts'
import { count, type RunView, type StepShown, type StepView } from './run-view.ts'

/** Takes one fact in. Facts of steps that the view does not know are passed over. */
export function applyFact(view: RunView, fact: RunFact): void {
  if ('step' in fact) {
    const step = view.byId.get(fact.step)
    if (step === undefined) return
    if (fact.type === 'attempt_started' || fact.type === 'gate_opened') step.begunAt ??= fact.at
    if (fact.type === 'attempt_started') step.overlaps.clear()
    if (fact.type === 'attempt_finished') overlap(view, step, fact.result.overlaps ?? [])
    if (fact.type === 'gates_unprotected') view.gatesProtected = false
    if (fact.type === 'step_opened') open(view, step, fact)
    if (fact.type === 'step_voided') takeBack(view, step, fact.dropped)
    if (fact.type === 'attempt_started') view.standstill = null
    const shown = shownAfter(step, fact)
    if (shown !== null) show(view, step, shown)
  } else if (fact.type === 'retry_requested') Object.assign(view, { cancels: 0, finally: false, finishedAt: null })
  else if (fact.type === 'cancel_requested') view.cancels++
  else if (fact.type === 'finally_started') view.finally = true
  else if (fact.type === 'standstill_changed') view.standstill = fact.standstill
  else if (fact.type === 'run_finished') Object.assign(view, { finishedAt: fact.at, standstill: null })
}

/** What it changed and others have, too, is told of both. */
function overlap(view: RunView, step: StepView, overlaps: readonly Overlap[]): void {
  for (const { step: other, files } of overlaps) {
    step.overlaps.set(other, files)
    view.byId.get(other)?.overlaps.set(step.id, files)
  }
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
    return { id, kind, label, inside: step.id, dependsOn, finally: one.finally, begunAt: null, contains: 0, overlaps: new Map(), shown: { status: 'waiting' } }
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
      return { status: 'gated', prompt: fact.prompt, openedAt: fact.at, deadlineAt: null, tree: null }
    case 'review_needed':
      return { status: 'gated', prompt: fact.prompt, openedAt: fact.at, deadlineAt: fact.deadline_at, tree: fact.tree }
    case 'conflict_found':
      return { status: 'gated', prompt: fact.prompt, openedAt: fact.at, deadlineAt: fact.deadline_at, tree: null }
    case 'step_held':
      return { status: 'held' }
    case 'step_paused':
      return { status: 'paused', why: fact.message }
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
    case 'gates_unprotected':
    case 'condition_evaluated':
    case 'expression_failed':
    case 'attempt_lost':
    case 'attempt_decided':
    case 'gate_decided':
    case 'deadline_reached':
    case 'cancel_requested':
    case 'budget_raised':
    case 'budget_reached':
    case 'budget_low':
    case 'budget_exceeded':
    case 'standstill_changed':
    case 'finally_started':
    case 'run_finished':
      return null
  }
}
