import type { Step } from '../plan/plan.ts'
import type { Draft } from './draft.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { GateDecided } from './event.ts'
import { finish } from './flow.ts'
import { reviewTimeoutMs } from './review.ts'
import { endOf } from './reviewed.ts'
import type { PastAttempts } from './past-attempts.ts'
import type { Conflicted, StepGated } from './state.ts'

// What becomes of an `integrate` that met a conflict, and asks a person to resolve it.

export const asksToResolve = ({ body }: Step, { cause }: AttemptResult): boolean =>
  body.kind === 'integrate' && body.onConflict === 'ask' && cause === 'merge_conflict'

/** Opens the gate on a conflict; nobody is asked any more when its level is cut off. */
export function openConflict(draft: Draft, index: number, conflict: Conflicted, past: PastAttempts): void {
  if (draft.levelOf(index).cut !== null) return finish(draft, index, endOf(conflict, past))
  draft.move(index, {
    status: 'gated',
    openedAt: draft.at,
    deadlineAt: draft.at + reviewTimeoutMs,
    prompt: conflict.result.message ?? '',
    past: { ...past, openings: past.openings + 1 },
    conflict,
  })
}

/** Approved, the next attempt takes up what the workspace holds; its conflicts may not be over then. */
export function conflictDecided(draft: Draft, index: number, state: StepGated, event: GateDecided): void {
  const { conflict, past } = state
  if (conflict === undefined) return
  if (event.decision === 'approve') {
    const attempt = conflict.attempt + 1
    const { by, comment, at } = event
    const kept = { ...past, resolvedBy: { by, comment, at, attempt: conflict.attempt } }
    return draft.move(index, { status: 'ready', attempt, since: at, past: kept })
  }
  finish(draft, index, {
    ...endOf(conflict, past),
    cause: event.by === null ? 'merge_conflict' : 'gate_rejected',
    message: event.comment ?? (event.by === null ? 'nobody resolved the conflict in time' : null),
    decidedBy: event.by,
  })
}

/**
 * The number of the last attempt whose conflict a person says is resolved in the workspace; `null`: nobody has said so. It
 * holds for whichever attempt comes next, however the one that was to take it up has ended.
 */
export const resolvedUpTo = ({ resolvedBy }: PastAttempts): number | null => resolvedBy?.attempt ?? null
