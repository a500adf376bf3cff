import type { StepId } from '../base/ids.ts'
import { budgetsOf } from './budgets.ts'
import type { Draft } from './draft.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { BudgetRaised, BudgetReached } from './event.ts'
import { indexOf } from './find.ts'
import { finish } from './flow.ts'
import { added } from './ledger.ts'
import { reachedWords } from './reached.ts'
import type { PastAttempts } from './past-attempts.ts'
import type { StepRunning, StepState } from './state.ts'

/** A budget does not allow the next attempt: the step waits for a person, or has failed. */
export function budgetReached(draft: Draft, index: number, state: StepState, event: BudgetReached): void {
  if (state.status !== 'ready' && state.status !== 'backing_off') return
  const { type: _, at, step: __, action, ...reached } = event
  const { attempt, past } = state
  if (action === 'pause') return draft.move(index, { status: 'paused', attempt, since: at, reached, past })
  const message = reachedWords(reached)
  finish(draft, index, { outcome: 'failure', cause: 'budget', message, startedAt: past.firstStartedAt, past })
}

/**
 * Whether an attempt ended because it had used up what a budget left for it, and waits for a person now: it can go on in
 * its session when there is more.
 */
export function wasCapped(
  draft: Draft,
  index: number,
  state: StepRunning,
  { cause }: AttemptResult,
  past: PastAttempts,
): boolean {
  const { reserved, attempt } = state
  if (cause !== 'budget' || reserved?.capUsd === undefined) return false
  const capping = budgetsOf(draft, index).find(({ budget }) => budget.maxUsd !== null)
  if (capping === undefined || capping.budget.onExceed !== 'pause') return false
  const { owner, budget, ledger } = capping
  const limit = (budget.maxUsd ?? 0) + ledger.extraUsd
  draft.move(index, {
    status: 'paused',
    attempt: attempt + 1,
    since: draft.at,
    reached: {
      of: owner === null ? 'run' : 'step',
      owner: owner === null ? null : draft.step(owner).id,
      until: null,
      unit: 'usd',
      limit,
      left: Math.max(0, limit - ledger.usd),
      needs: 0,
    },
    past,
  })
  return true
}

/** More for each budget that a step waits for, else for that of the run; then those steps are tried again. */
export function budgetRaised(draft: Draft, { at, usd, tokens }: BudgetRaised): void {
  const waiting = [...draft.run.sets.paused]
  const owners = new Set<StepId | null>()
  for (const index of waiting) {
    const state = draft.state(index)
    if (state.status === 'paused' && state.reached.of !== 'day') owners.add(state.reached.owner)
  }
  if (waiting.length === 0) owners.add(null)
  for (const owner of owners) raise(draft, owner, usd, tokens)
  for (const index of waiting) {
    const state = draft.state(index)
    if (state.status !== 'paused') continue
    const { attempt, past } = state
    draft.move(index, { status: 'ready', attempt, since: at, past })
  }
}

function raise(draft: Draft, owner: StepId | null, usd: number, tokens: number): void {
  const index = owner === null ? null : indexOf(draft.run, owner, true)
  if (index === undefined) return
  const inner = index === null ? 0 : draft.step(index).inner
  if (inner !== null)
    return draft.patchLevel(inner, { ledger: added(draft.level(inner).ledger, { extraUsd: usd, extraTokens: tokens }) })
  if (index === null) return
  const state = draft.state(index)
  const { extra } = state.past
  draft.move(index, {
    ...state,
    past: { ...state.past, extra: { usd: extra.usd + usd, tokens: extra.tokens + tokens } },
  })
}
