import type { Cause, Outcome } from '../base/cause.ts'
import { type Draft, skipped } from './draft.ts'
import type { RunEvent } from './event.ts'
import type { RunClock, RunState } from './state.ts'

/** What `finally` gets of its own, whatever became of the run. */
export const finallyMs: number = 10 * 60_000

type Ended = {
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  readonly entered: RunState['phase'] | null
}

/** Moves the draft on to `finally` and to the end when nothing of its phase is open, and tells what the run came to. */
export function phaseEnded(draft: Draft, now: { readonly cancels: number; readonly expired: boolean }): Ended {
  const { run } = draft
  let { outcome, cause } = run
  let entered: RunState['phase'] | null = null
  if (draft.phase === 'steps' && draft.open === 0) {
    ;({ outcome, cause } = verdict(draft, now))
    entered = 'finally'
    draft.advance('finally', run.graph.nodes.length - run.graph.mainCount)
    if (now.cancels > 1) for (const index of draft.indices()) draft.end(index, skipped({ cause: 'cancelled' }))
  }
  if (draft.phase === 'finally' && draft.open === 0) {
    if (outcome === 'success')
      ({ outcome, cause } = verdict(draft, { cancels: now.cancels > 1 ? 1 : 0, expired: false }))
    entered = 'finished'
    draft.advance('finished', 0)
  }
  return { outcome, cause, entered }
}

function verdict(
  draft: Draft,
  now: { readonly cancels: number; readonly expired: boolean },
): Pick<Ended, 'outcome' | 'cause'> {
  if (now.cancels > 0) return { outcome: 'cancellation', cause: 'cancelled' }
  if (now.expired) return { outcome: 'timeout', cause: 'timeout' }
  const { firstFailure } = draft
  if (firstFailure === null) return { outcome: 'success', cause: null }
  return { outcome: firstFailure.outcome === 'error' ? 'error' : 'failure', cause: firstFailure.cause }
}

/** The clock of `max_duration` runs from the first attempt on, but stands while only people can move the run. */
export function advanceClock(run: RunState, draft: Draft, event: RunEvent, expired: boolean): RunClock {
  if (draft.phase !== run.phase)
    return { activeMs: 0, since: draft.phase === 'finished' ? null : draft.at, expired: false }
  const { activeMs, since } = run.clock
  const { gates, held, ...moving } = draft.sets
  const begun = run.startedAt !== null || event.type === 'attempt_started'
  const people = gates.size + held.size > 0 && Object.values(moving).every((set) => set.size === 0)
  const runs = begun && !people
  if (runs === (since !== null)) return { activeMs, since, expired }
  return runs
    ? { activeMs, since: draft.at, expired }
    : { activeMs: activeMs + (draft.at - (since ?? draft.at)), since: null, expired }
}

/** Milliseconds that the phase may take, or `null`. */
export function limitMs(run: RunState): number | null {
  return run.phase === 'finally' ? finallyMs : run.plan.constraints.maxDurationMs
}

/** When the phase's time is over if nothing stops its clock; `null` while there is no limit, or the clock stands. */
export function deadlineAt(run: RunState): number | null {
  const limit = limitMs(run)
  const { activeMs, since, expired } = run.clock
  return limit === null || since === null || expired || run.phase === 'finished' ? null : since + limit - activeMs
}
