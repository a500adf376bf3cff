import { assertNever } from '../base/result.ts'
import { noIndices } from '../base/index-set.ts'
import type { RunId } from '../base/ids.ts'
import { Vector } from '../base/vector.ts'
import { advanceClock, phaseEnded } from './phase.ts'
import { Draft, pastOf, skipped, type StepEnd } from './draft.ts'
import type {
  AttemptDecided,
  AttemptFinished,
  AttemptLost,
  AttemptStarted,
  DeadlineReached,
  JournalEvent,
  RunEvent,
  RunSubmitted,
} from './event.ts'
import { buildGraph } from './graph.ts'
import { backoffMs, maxLosses, wantsRetry } from './retry.ts'
import { type PastAttempts, type RunState, type StepState } from './state.ts'

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
  if (run.phase === 'finished') return { ...run, changed: [] }
  const draft = new Draft(run, event.at)
  apply(draft, event)
  return settle(draft, event)
}

function submitted(id: RunId, event: RunSubmitted): RunState {
  const graph = buildGraph(event.plan)
  const steps: StepState[] = graph.nodes.map((node) => ({ status: 'waiting', unmet: node.dependsOn.length }))
  const none = noIndices
  const { plan, inputs, source, simulate, path, requestId } = event
  const draft = new Draft(
    {
      id,
      plan,
      graph,
      inputs,
      source,
      simulate,
      path,
      requestId,
      submittedAt: event.at,
      startedAt: null,
      finishedAt: null,
      phase: 'steps',
      outcome: null,
      cause: null,
      firstFailure: null,
      cancelledBy: null,
      steps: Vector.of(steps),
      changed: [],
      open: graph.mainCount,
      sets: {
        conditions: none,
        ready: none,
        running: none,
        backingOff: none,
        gatesToOpen: none,
        gates: none,
        held: none,
      },
      cancels: 0,
      cancelReason: null,
      clock: { activeMs: 0, since: null, expired: false },
      counts: { success: 0, failed: 0, skipped: 0 },
    },
    event.at,
  )
  draft.advance('steps', graph.mainCount)
  return settle(draft, event)
}

function apply(draft: Draft, event: Exclude<RunEvent, RunSubmitted>): void {
  if ('step' in event) return applyToStep(draft, event)
  switch (event.type) {
    case 'cancel_requested':
      return cutOff(draft, 'cancelled')
    case 'deadline_reached':
      return deadlineReached(draft, event)
    default:
      return assertNever(event)
  }
}

function applyToStep(draft: Draft, event: Extract<RunEvent, { readonly step: unknown }>): void {
  const index = draft.run.graph.indexOf.get(event.step)
  if (index === undefined) return
  const state = draft.state(index)
  switch (event.type) {
    case 'condition_evaluated':
      if (state.status !== 'condition') return
      if (event.value) draft.release(index)
      else draft.finish(index, skipped({ skipCause: 'condition' }))
      return
    case 'expression_failed':
      if (state.status === 'finished' || state.status === 'running') return
      draft.finish(index, {
        outcome: 'failure',
        cause: 'expression_failed',
        message: event.message,
        past: pastOf(state),
      })
      return
    case 'gate_opened': {
      const { body } = draft.step(index)
      if (state.status !== 'gate_to_open' || body.kind !== 'approval') return
      draft.move(index, {
        status: 'gated',
        openedAt: event.at,
        deadlineAt: event.at + body.timeoutMs,
        prompt: event.prompt,
      })
      return
    }
    case 'gate_decided':
      if (state.status !== 'gated') return
      draft.finish(index, {
        ...(event.decision === 'approve'
          ? { outcome: 'success' as const, cause: null }
          : { outcome: 'failure' as const, cause: 'gate_rejected' as const }),
        message: event.comment ?? (event.by === null ? 'nobody answered in time' : null),
        startedAt: state.openedAt,
        decidedBy: event.by,
      })
      return
    case 'attempt_started':
      return attemptStarted(draft, index, state, event)
    case 'attempt_finished':
      return attemptFinished(draft, index, state, event)
    case 'attempt_lost':
      return attemptLost(draft, index, state, event)
    case 'attempt_decided':
      return attemptDecided(draft, index, state, event)
    default:
      assertNever(event)
  }
}

function attemptStarted(draft: Draft, index: number, state: StepState, event: AttemptStarted): void {
  if (state.status !== 'ready' && state.status !== 'backing_off') return
  const { at, attempt, agent, values } = event
  const queuedAt = state.status === 'ready' ? state.since : state.until
  const past = { ...state.past, firstStartedAt: state.past.firstStartedAt ?? at }
  draft.move(index, { status: 'running', attempt, agent, values, startedAt: at, queuedAt, past })
}

function attemptFinished(draft: Draft, index: number, state: StepState, event: AttemptFinished): void {
  if (state.status !== 'running' || state.attempt !== event.attempt) return
  const { result } = event
  const step = draft.step(index)
  const past: PastAttempts = {
    ...counted(state),
    lastCause: result.cause,
    lastMessage: result.message,
    usage: addUsage(state.past.usage, result.usage),
    costUsd: result.costUsd === null ? state.past.costUsd : (state.past.costUsd ?? 0) + result.costUsd,
    exitCode: result.exitCode,
    simulated: state.past.simulated || result.simulated,
  }
  if (!isCutOff(draft.run, draft.phase) && wantsRetry(step, result, past)) {
    const until = event.at + backoffMs(step, draft.run.id, state.attempt, past.tries)
    draft.move(index, { status: 'backing_off', attempt: state.attempt + 1, until, past })
    return
  }
  const { outcome, cause, message, outputs } = result
  draft.finish(index, { outcome, cause, message, outputs, agent: state.agent, startedAt: past.firstStartedAt, past })
}

function attemptLost(draft: Draft, index: number, state: StepState, event: AttemptLost): void {
  if (state.status !== 'running' || state.attempt !== event.attempt) return
  const past = { ...counted(state), losses: state.past.losses + 1, lastCause: 'daemon_lost' as const }
  const { onCrash } = draft.step(index)
  const again = { attempt: state.attempt + 1, since: event.at, past }
  if (isCutOff(draft.run, draft.phase) || onCrash === 'fail' || past.losses > maxLosses) {
    draft.finish(index, { ...lost, agent: state.agent, startedAt: past.firstStartedAt, past })
  } else draft.move(index, { status: onCrash === 'retry' ? 'ready' : 'held', ...again })
}

function attemptDecided(draft: Draft, index: number, state: StepState, event: AttemptDecided): void {
  if (state.status !== 'held') return
  const { attempt, past } = state
  const rest = { past, startedAt: past.firstStartedAt, decidedBy: event.by }
  if (event.decision === 'rerun') draft.move(index, { status: 'ready', attempt, since: event.at, past })
  else if (event.decision === 'skip')
    draft.finish(index, { ...skipped({ skipCause: 'condition', cause: 'daemon_lost' }), ...rest })
  else draft.finish(index, { ...lost, ...rest })
}

const lost: StepEnd = {
  outcome: 'error',
  cause: 'daemon_lost',
  message: 'its processes were lost, and no result was left',
}

const counted = (state: { readonly past: PastAttempts }): PastAttempts => ({
  ...state.past,
  count: state.past.count + 1,
  tries: state.past.tries + 1,
})

function addUsage(sum: PastAttempts['usage'], more: PastAttempts['usage']): PastAttempts['usage'] {
  if (sum === null || more === null) return sum ?? more
  return { inputTokens: sum.inputTokens + more.inputTokens, outputTokens: sum.outputTokens + more.outputTokens }
}

function deadlineReached(draft: Draft, event: DeadlineReached): void {
  if (event.phase === draft.phase) cutOff(draft, 'timeout')
}

/** Ends all that is not running: never started is a skip; what was between attempts or at a gate shares the run's fate. */
function cutOff(draft: Draft, cause: 'cancelled' | 'timeout'): void {
  if (draft.phase === 'finally' && cause === 'cancelled' && draft.run.cancels === 0) return
  for (const index of draft.indices()) {
    const state = draft.state(index)
    if (state.status === 'finished' || state.status === 'running') continue
    const past = pastOf(state)
    const begun = past.count > 0 || state.status === 'gated'
    const outcome = cause === 'cancelled' ? 'cancellation' : 'timeout'
    draft.end(index, begun ? { outcome, cause, past, startedAt: past.firstStartedAt } : skipped({ cause }))
  }
}

/** Whether nothing new may start in the phase that runs. */
function isCutOff(run: RunState, phase: RunState['phase']): boolean {
  return run.clock.expired || (phase === 'steps' ? run.cancels > 0 : run.cancels > 1)
}

function settle(draft: Draft, event: RunEvent): RunState {
  const { run, at } = draft
  const cancels = run.cancels + (event.type === 'cancel_requested' ? 1 : 0)
  const expired = run.clock.expired || (event.type === 'deadline_reached' && event.phase === run.phase)
  const end = phaseEnded(draft, { cancels, expired })
  const clock = advanceClock(run, draft, event, end.entered === null ? expired : false)
  return {
    ...run,
    startedAt: run.startedAt ?? (event.type === 'attempt_started' ? at : null),
    finishedAt: draft.phase === 'finished' ? at : null,
    phase: draft.phase,
    outcome: end.outcome,
    cause: end.cause,
    firstFailure: draft.firstFailure,
    cancelledBy: event.type === 'cancel_requested' ? (run.cancelledBy ?? event.by) : run.cancelledBy,
    steps: run.steps.with(draft.changes),
    changed: [...draft.changes.keys()],
    open: draft.open,
    sets: draft.sets,
    cancels,
    cancelReason: event.type === 'cancel_requested' ? (run.cancelReason ?? event.reason) : run.cancelReason,
    clock,
    counts: draft.counts,
  }
}
