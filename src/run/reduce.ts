import { assertNever } from '../base/result.ts'
import type { RunId } from '../base/ids.ts'
import { Vector } from '../base/vector.ts'
import { retryRequested } from './again.ts'
import { attemptDecided, attemptFinished, attemptLost, attemptStarted } from './attempt.ts'
import { Draft, noSets, noTimers } from './draft.ts'
import type { DeadlineReached, JournalEvent, RunEvent, RunSubmitted } from './event.ts'
import { openItems, openRun, openSubPlan } from './expand.ts'
import { indexOf } from './find.ts'
import { cutOff, finish, release, skipped } from './flow.ts'
import { gateDecided, gateOpened } from './gate.ts'
import { wholePlan } from './old-plans.ts'
import { budgetRaised, budgetReached } from './paused.ts'
import { closeSubPlan, settleLevels } from './phase.ts'
import type { RunState } from './state.ts'

/**
 * The next state of a run. Pure and total: an event that no longer fits (the result of an attempt that is over, a
 * second answer to a gate) changes nothing, so that late news from the world can do no harm.
 *
 * @throws TypeError when the first event is not `run_submitted`: the journal is not one of ours
 */
export function reduce(run: RunState | null, entry: JournalEvent): RunState {
  const { event } = entry
  if (event.type === 'run_submitted') return run ?? submitted(entry.runId, event)
  if (run === null) throw new TypeError(`the journal of run "${entry.runId}" begins with "${event.type}"`)
  if (run.phase === 'finished' && event.type !== 'retry_requested') return { ...run, changed: [] }
  const draft = new Draft(run, event.at)
  endBackoffs(draft)
  const changes = apply(draft, event)
  settleLevels(draft, changes.cancels ?? run.cancels)
  return toRun(draft, event, changes)
}

/** The run as it is at a later moment, when nothing has happened but that back-offs have ended. */
export function advance(run: RunState, now: number): RunState {
  const first = run.timers.first
  if (run.phase === 'finished' || first === undefined || first.at > now) return run
  const draft = new Draft(run, now)
  return endBackoffs(draft) ? draft.toRun({}) : run
}

function submitted(id: RunId, event: RunSubmitted): RunState {
  const { inputs, source, simulate, path, requestId, context, report } = event
  const plan = wholePlan(event.plan)
  const nothing: RunState = {
    id,
    plan,
    inputs,
    source,
    simulate,
    path,
    requestId,
    ...(context === undefined ? {} : { context }),
    ...(report === undefined ? {} : { report }),
    submittedAt: event.at,
    begunAt: event.at,
    startedAt: null,
    finishedAt: null,
    phase: 'steps',
    outcome: null,
    cause: null,
    firstFailure: null,
    cancels: 0,
    cancelledBy: null,
    cancelReason: null,
    standstill: null,
    retries: 0,
    steps: Vector.of([]),
    states: Vector.of([]),
    levels: Vector.of([]),
    changed: [],
    sets: noSets,
    timers: noTimers,
    runningBy: new Map(),
    rewinds: new Map(),
    counts: { total: 0, success: 0, failed: 0, skipped: 0 },
  }
  const draft = new Draft(nothing, event.at)
  openRun(draft, plan, inputs)
  settleLevels(draft, 0)
  return toRun(draft, event, {})
}

/** Steps whose back-off is over want a slot again, or to be opened. Whether there were any. */
function endBackoffs(draft: Draft): boolean {
  const due = [...draft.overdue()]
  for (const { index, state } of due) {
    if (state.status === 'paused') {
      const { attempt, reached, past } = state
      draft.move(index, { status: 'ready', attempt, since: reached.until ?? draft.at, past })
    }
    if (state.status !== 'backing_off') continue
    const { attempt, until, past } = state
    if (draft.spec(index).body.kind === 'plan') draft.move(index, { status: 'to_open', past })
    else draft.move(index, { status: 'ready', attempt, since: until, past })
  }
  return due.length > 0
}

/** What of the run itself an event changes, besides its steps. */
type Changes = Partial<
  Pick<RunState, 'cancels' | 'cancelledBy' | 'cancelReason' | 'rewinds' | 'retries' | 'finishedAt' | 'begunAt'>
>

function apply(draft: Draft, event: Exclude<RunEvent, RunSubmitted>): Changes {
  const { run } = draft
  if ('step' in event) return applyToStep(draft, event)
  switch (event.type) {
    case 'cancel_requested': {
      const again = run.cancels > 0
      if (again || run.phase === 'steps') cutOff(draft, 0, 'cancelled', again)
      const { cancelledBy, cancelReason } = run
      return {
        cancels: run.cancels + 1,
        cancelledBy: cancelledBy ?? event.by,
        cancelReason: cancelReason ?? event.reason,
      }
    }
    case 'deadline_reached':
      deadlineReached(draft, event)
      return {}
    case 'budget_raised':
      budgetRaised(draft, event)
      return {}
    case 'standstill_changed':
      draft.standstill = event.standstill
      return {}
    case 'retry_requested': {
      const wasOver = run.phase === 'finished'
      if (!retryRequested(draft, event)) return {}
      const rewinds = new Map<number, number>()
      if (!wasOver) return { rewinds }
      const anew = { cancels: 0, cancelledBy: null, cancelReason: null, finishedAt: null }
      return { ...anew, rewinds, retries: run.retries + 1, begunAt: event.at }
    }
    default:
      return assertNever(event)
  }
}

function applyToStep(draft: Draft, event: Extract<RunEvent, { readonly step: unknown }>): Changes {
  const index = indexOf(draft.run, event.step, true)
  if (index === undefined) return {}
  const state = draft.state(index)
  switch (event.type) {
    case 'condition_evaluated':
      if (state.status !== 'condition') break
      if (event.value) release(draft, index)
      else finish(draft, index, skipped({ skipCause: 'condition' }))
      break
    case 'expression_failed':
      if (['waiting', 'running', 'open', 'clearing', 'dropped', 'finished'].includes(state.status)) break
      finish(draft, index, { outcome: 'failure', cause: 'expression_failed', message: event.message })
      break
    case 'items_evaluated':
      if (state.status === 'to_open') openItems(draft, index, event.items)
      break
    case 'inputs_evaluated':
      if (state.status === 'to_open') openSubPlan(draft, index, event.inputs)
      break
    case 'outputs_evaluated':
      if (state.status === 'to_close') closeSubPlan(draft, index, event.outputs)
      break
    case 'gate_opened':
      gateOpened(draft, index, state, event)
      break
    case 'gate_decided':
      return { rewinds: gateDecided(draft, index, state, event, draft.run.rewinds) }
    case 'attempt_started':
      attemptStarted(draft, index, state, event)
      break
    case 'attempt_finished':
      attemptFinished(draft, index, state, event)
      break
    case 'attempt_lost':
      attemptLost(draft, index, state, event)
      break
    case 'attempt_decided':
      attemptDecided(draft, index, state, event)
      break
    case 'budget_reached':
      budgetReached(draft, index, state, event)
      break
    default:
      assertNever(event)
  }
  return {}
}

function deadlineReached(draft: Draft, { phase, level }: DeadlineReached): void {
  const owner = level === undefined || level === null ? null : indexOf(draft.run, level)
  const number = owner === null ? 0 : owner === undefined ? null : draft.step(owner).inner
  if (number !== null && draft.level(number).phase === phase) cutOff(draft, number, 'timeout')
}

function toRun(draft: Draft, event: RunEvent, changes: Changes): RunState {
  const { run, at } = draft
  const next = draft.toRun({
    startedAt: run.startedAt ?? (event.type === 'attempt_started' ? at : null),
    ...changes,
  })
  return next.phase === 'finished' && run.phase !== 'finished' ? { ...next, finishedAt: at } : next
}
