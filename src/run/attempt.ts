import { isFree } from './demand.ts'
import type { Draft } from './draft.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { AttemptDecided, AttemptFinished, AttemptLost, AttemptStarted } from './event.ts'
import { asksToResolve, openConflict } from './conflicted.ts'
import type { Step } from '../plan/plan.ts'
import { finish, skipped, type StepEnd } from './flow.ts'
import { neverBegan, reserve, settle } from './ledger.ts'
import { wasCapped } from './paused.ts'
import { maxOverloads } from './quota.ts'
import { endOf, judged, needsPerson, openReview } from './reviewed.ts'
import { backoffMs, maxLosses, wantsOther, wantsRetry } from './retry.ts'
import { sessionAfter, sessionOf } from './session.ts'
import type { PastAttempts } from './past-attempts.ts'
import type { StepRunning, StepState } from './state.ts'
import { addCost, addUsage, untoldOf } from './usage.ts'
import { cleared } from './void.ts'

// What the events of attempts do to their step. An event that no longer fits does nothing.

export function attemptStarted(draft: Draft, index: number, state: StepState, event: AttemptStarted): void {
  if (state.status !== 'ready' && state.status !== 'backing_off') return
  const { at, attempt, agent, why = null, order = [], values, reserved = null } = event
  const queuedAt = state.status === 'ready' ? state.since : state.until
  const past = { ...state.past, firstStartedAt: state.past.firstStartedAt ?? at }
  draft.move(index, {
    status: 'running',
    attempt,
    agent,
    why,
    order,
    values,
    startedAt: at,
    queuedAt,
    reserved,
    past,
    voided: null,
  })
  if (reserved !== null) reserve(draft, index, reserved)
  for (let number: number | null = draft.step(index).level; number !== null; number = draft.level(number).parent) {
    const { clock } = draft.level(number)
    if (!clock.begun) draft.patchLevel(number, { clock: { ...clock, begun: true } })
  }
}

export function attemptFinished(draft: Draft, index: number, state: StepState, event: AttemptFinished): void {
  if (state.status !== 'running' || state.attempt !== event.attempt) return
  const result = judged(event.result)
  const past: PastAttempts = {
    ...counted(state),
    lastCause: result.cause,
    lastMessage: result.message,
    usage: addUsage(state.past.usage, result.usage),
    costUsd: addCost(state.past.costUsd, result.costUsd),
    costSource: sourceAfter(state.past.costSource, result),
    untold: untoldAfter(state, result),
    exitCode: result.exitCode,
    simulated: state.past.simulated || result.simulated,
    sandbox: result.sandbox ?? null,
    session: sessionAfter(state, result),
    ...(result.overlaps === undefined ? {} : { overlaps: result.overlaps }),
  }
  settle(draft, index, state, result)
  if (state.voided !== null) return cleared(draft, index, past)
  const { id, spec } = draft.step(index)
  const isCut = draft.levelOf(index).cut !== null
  if (!isCut && wasCapped(draft, index, state, result, past)) return
  if (asksToResolve(spec, result)) {
    return openConflict(draft, index, { attempt: state.attempt, agent: state.agent, result }, past)
  }
  const again = { status: 'ready', attempt: state.attempt + 1, since: event.at } as const
  // Where it goes to, and when, is for the dispatch to say: this credential is parked.
  const parked = isCut ? null : parkedAfter(event, spec, past)
  if (parked !== null) return draft.move(index, { ...again, past: parked })
  if (!isCut && wantsOther(spec, result, past, state.order))
    return draft.move(index, { ...again, past: { ...past, left: [...past.left, state.agent] } })
  if (!isCut && wantsRetry(spec.retry, result, past)) {
    const until = event.at + backoffMs(spec.retry, `${draft.run.id}/${id}/${state.attempt}`, past.tries)
    draft.move(index, { status: 'backing_off', attempt: state.attempt + 1, until, past })
    return
  }
  const { attempt, agent } = state
  if (needsPerson(result)) openReview(draft, index, { attempt, agent, result }, past)
  else finish(draft, index, { ...endOf({ agent, result }, past), ...(state.why === null ? {} : { chosen: state.why }) })
}

export function attemptLost(draft: Draft, index: number, state: StepState, event: AttemptLost): void {
  if (state.status !== 'running' || state.attempt !== event.attempt) return
  const untold = untoldAfter(state, null)
  const past: PastAttempts = {
    ...counted(state),
    untold,
    losses: state.past.losses + 1,
    lastCause: 'daemon_lost',
    session: sessionOf(state),
  }
  settle(draft, index, state, null)
  if (state.voided !== null) return cleared(draft, index, past)
  const { onCrash } = draft.spec(index)
  const again = { attempt: state.attempt + 1, since: event.at, past }
  if (draft.levelOf(index).cut !== null || onCrash === 'fail' || past.losses > maxLosses) {
    finish(draft, index, {
      ...lost,
      message: lostMessage(event),
      agent: state.agent,
      startedAt: past.firstStartedAt,
      past,
    })
  } else if (onCrash === 'retry') {
    draft.move(index, { status: 'ready', ...again })
  } else draft.move(index, { status: 'held', ...again })
}

export function attemptDecided(draft: Draft, index: number, state: StepState, event: AttemptDecided): void {
  if (state.status !== 'held') return
  const { attempt, past } = state
  const rest = { past, startedAt: past.firstStartedAt, decidedBy: event.by }
  if (event.decision === 'rerun') draft.move(index, { status: 'ready', attempt, since: event.at, past })
  else if (event.decision === 'skip')
    finish(draft, index, { ...skipped({ skipCause: 'condition', cause: 'daemon_lost' }), ...rest })
  else finish(draft, index, { ...lost, ...rest })
}

const lostWithoutWords = 'its processes were lost, and no result was left'
const lost: StepEnd = { outcome: 'error', cause: 'daemon_lost', message: lostWithoutWords }

/** How an attempt was lost, in words. */
export const lostMessage = (event: AttemptLost): string => event.message ?? lostWithoutWords

/**
 * What the attempts came to when one ended that its step is not charged for; `null`: it is. Journals of older orchd tell it
 * of used up quota alone, and without a word.
 */
function parkedAfter({ result, parked }: AttemptFinished, { retry }: Step, past: PastAttempts): PastAttempts | null {
  if (parked === undefined) return null
  if (parked.free !== true && (result.cause !== 'usage_limit' || parked.until === null)) return null
  const free = { ...past, parks: past.parks + 1 }
  if (result.cause !== 'overloaded') return free
  const overloads = (past.overloads ?? 0) + 1
  return overloads <= maxOverloads && retry.on.includes('overloaded') ? { ...free, overloads } : null
}

function counted({ past, agent }: StepRunning): PastAttempts {
  const { overlaps: _, ...kept } = past
  return { ...kept, agent, count: past.count + 1, tries: past.tries + 1 }
}

/** Commands use no tokens, and an attempt that never began has used none. */
function untoldAfter(
  { agent, past }: Extract<StepState, { readonly status: 'running' }>,
  result: AttemptFinished['result'] | null,
): PastAttempts['untold'] {
  if (isFree(agent) || (result !== null && neverBegan.has(result.cause))) return past.untold
  const { usage, cost } = untoldOf(result)
  return { usage: past.untold.usage || usage, cost: past.untold.cost || cost }
}

function sourceAfter(
  before: PastAttempts['costSource'],
  { costUsd, costSource = 'reported' }: AttemptResult,
): typeof before {
  if (costUsd === null) return before
  return before === 'list_price' ? before : costSource
}
