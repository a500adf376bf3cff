import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { Instant, StepId } from '../base/ids.ts'
import { masked } from '../base/sealed.ts'
import { lostMessage } from './attempt.ts'
import type { AttemptLost, BudgetReached, JournalEvent, RunEvent, RunSubmitted } from './event.ts'
import type { StepBody } from '../plan/plan.ts'
import { budgetsOf, limitsOf, lookupIn, type Standing } from './budgets.ts'
import { dependenciesOf, indexOf, liveLevelIn } from './find.ts'
import { worksFree } from './gate-protection.ts'
import { allIndicesOf } from './level.ts'
import { reachedWords } from './reached.ts'
import type { Finding } from './review.ts'
import type { RunState, StepState } from './state.ts'

/**
 * What streams tell (NDJSON of `run --json`, SSE): the journalled events and, right behind each, what follows from it.
 * `id` is `seq.k`: `k` 0 is the event itself, from 1 on what was computed; the same at every replay.
 */
export type Fact = { readonly id: string; readonly seq: number; readonly at: Instant } & FactBody

export type FactBody =
  | Exclude<RunEvent, RunSubmitted | AttemptLost>
  | (AttemptLost & { readonly message: string })
  | (Omit<RunSubmitted, 'plan'> & { readonly plan: string; readonly steps: readonly StepId[] })
  | { readonly type: 'step_ready'; readonly step: StepId; readonly attempt: number }
  | { readonly type: 'step_retrying'; readonly step: StepId; readonly attempt: number; readonly until: Instant }
  | { readonly type: 'step_held'; readonly step: StepId }
  | StepPausedFact
  /** The step's attempt works without a sandbox although an agent is behind it: it could answer gates itself. */
  | { readonly type: 'gates_unprotected'; readonly step: StepId }
  | ReviewNeededFact
  /** Changes cannot be merged, and a person is asked to resolve that in the step's workspace. */
  | {
      readonly type: 'conflict_found'
      readonly step: StepId
      readonly attempt: number
      readonly prompt: string
      readonly deadline_at: Instant
    }
  | StepOpenedFact
  /** A rewind took it back to before its first attempt; with `dropped` it is no part of the run any more. */
  | { readonly type: 'step_voided'; readonly step: StepId; readonly dropped: boolean }
  | StepFinishedFact
  | BudgetFact
  | { readonly type: 'finally_started'; readonly outcome: Outcome | null }
  | { readonly type: 'run_finished'; readonly outcome: Outcome | null; readonly cause: Cause | null }

/** An attempt has succeeded, and a person must look at its change before anything comes of it. */
export type ReviewNeededFact = {
  readonly type: 'review_needed'
  readonly step: StepId
  readonly attempt: number
  readonly prompt: string
  /** What an answer is bound to. */
  readonly tree: string
  readonly deadline_at: Instant
  readonly findings: readonly Finding[]
}

/** A matrix, `for_each` or sub-plan has begun: the steps that are in it from now on. */
export type StepOpenedFact = {
  readonly type: 'step_opened'
  readonly step: StepId
  readonly steps: readonly {
    readonly id: StepId
    readonly kind: StepBody['kind']
    readonly label: string | null
    readonly depends_on: readonly StepId[]
    readonly finally: boolean
  }[]
}

/** It waits for a budget. */
export type StepPausedFact = Pick<BudgetReached, 'step' | 'of' | 'owner' | 'unit'> & {
  readonly type: 'step_paused'
  readonly message: string
}

/** So much of a budget is used that somebody should know: its `warn_at`, or more than all of it. */
export type BudgetFact = {
  readonly type: 'budget_low' | 'budget_exceeded'
  readonly of: 'run' | 'step'
  readonly owner: StepId | null
  readonly unit: 'usd' | 'tokens'
  readonly limit: number
  readonly used: number
}

export type StepFinishedFact = {
  readonly type: 'step_finished'
  readonly step: StepId
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skip_cause: SkipCause | null
  readonly message: string | null
  /** In all, those before a rewind included. */
  readonly attempts: number
}

/** The facts of one event, which took the run from `before` to `after`. */
export function factsOf(before: RunState | null, entry: JournalEvent, after: RunState): readonly Fact[] {
  const { at } = entry.event
  const bodies = [
    eventFact(entry.event),
    ...budgetFacts(before, entry.event, after),
    ...stepFacts(before, after),
    ...phaseFacts(before, after),
  ]
  return bodies.map((body, k) => ({ ...body, id: `${entry.seq}.${k}`, seq: entry.seq, at }))
}

function eventFact(event: RunEvent): FactBody {
  if (event.type === 'inputs_evaluated') return { ...event, inputs: masked(event.inputs) }
  if (event.type === 'attempt_lost') return { ...event, message: lostMessage(event) }
  if (event.type !== 'run_submitted') return event
  const { plan, inputs, ...rest } = event
  return {
    ...rest,
    inputs: masked(inputs),
    plan: plan.name,
    steps: [...plan.steps, ...plan.finally].map((step) => step.id),
  }
}

/**
 * What became of steps: first what was taken back, the innermost before those that they are inside of, then what
 * happened, the outermost first. So whoever follows always knows the steps that a fact names.
 */
function stepFacts(before: RunState | null, after: RunState): FactBody[] {
  const changes = after.changed.map((index) => {
    const was = before !== null && index < before.states.length ? before.states.get(index) : null
    return { index, was, is: after.states.get(index), depth: depthOf(after, index) }
  })
  const back = changes.filter(({ was, is }) => was !== null && !isGone(was) && isTakenBack(was, is))
  const now = changes.filter(({ is }) => !isGone(is))
  return [
    ...back
      .toSorted((a, b) => b.depth - a.depth)
      .map(({ index, is }): FactBody => {
        return { type: 'step_voided', step: after.steps.get(index).id, dropped: isGone(is) }
      }),
    ...now
      .toSorted((a, b) => a.depth - b.depth)
      .flatMap(({ index, was, is }) => [...openedFacts(after, index, was, is), ...factsOfState(after, index, is)]),
  ]
}

/** How many steps a step is inside of. */
function depthOf(run: RunState, index: number): number {
  const { owner } = run.levels.get(run.steps.get(index).level)
  return owner === null ? 0 : 1 + depthOf(run, owner)
}

/** Whether a step is no part of the run any more, though an attempt of it may still have to be stopped. */
function isGone(state: StepState): boolean {
  if (state.status === 'running') return state.voided?.dropped === true
  return state.status === 'dropped' || (state.status === 'clearing' && state.dropped)
}

const early: ReadonlySet<StepState['status']> = new Set(['waiting', 'condition', 'to_open', 'clearing', 'dropped'])

/** Whether a step is at its beginning again, on its way there, or gone. */
function isTakenBack(was: StepState, is: StepState): boolean {
  if (isGone(is)) return true
  if (early.has(was.status)) return false
  return early.has(is.status) || (was.status === 'finished' && is.past.tries === 0)
}

/** That a step was opened, also when all in it was over at once. */
function openedFacts(after: RunState, index: number, was: StepState | null, is: StepState): FactBody[] {
  const isOpened = is.status === 'open' || is.status === 'to_close' || is.status === 'finished'
  const wasOpen = was?.status === 'open' || was?.status === 'to_close'
  if (!isOpened || wasOpen || liveLevelIn(after, index) === undefined) return []
  return [{ type: 'step_opened', step: after.steps.get(index).id, steps: stepsIn(after, index) }]
}

function factsOfState(after: RunState, index: number, state: StepState): FactBody[] {
  const { id: step } = after.steps.get(index)
  switch (state.status) {
    case 'ready':
      return [{ type: 'step_ready', step, attempt: state.attempt }]
    case 'backing_off':
      return [{ type: 'step_retrying', step, attempt: state.attempt, until: state.until }]
    case 'held':
      return [{ type: 'step_held', step }]
    case 'paused': {
      const { of, owner, unit } = state.reached
      return [{ type: 'step_paused', step, of, owner, unit, message: reachedWords(state.reached) }]
    }
    case 'gated': {
      const { reviewed, conflict, prompt, deadlineAt } = state
      if (conflict !== undefined) {
        return [{ type: 'conflict_found', step, attempt: conflict.attempt, prompt, deadline_at: deadlineAt }]
      }
      if (reviewed === undefined) return []
      const { attempt, review } = reviewed
      const { tree, findings } = review
      return [{ type: 'review_needed', step, attempt, prompt, tree, deadline_at: deadlineAt, findings }]
    }
    case 'finished': {
      const { outcome, cause, skipCause, message, past } = state
      return [{ type: 'step_finished', step, outcome, cause, skip_cause: skipCause, message, attempts: past.count }]
    }
    case 'running':
      return worksFree(after, index) ? [{ type: 'gates_unprotected', step }] : []
    case 'waiting':
    case 'condition':
    case 'open':
    case 'to_open':
    case 'to_close':
    case 'clearing':
    case 'dropped':
      return []
  }
}

function stepsIn(run: RunState, index: number): StepOpenedFact['steps'] {
  const number = liveLevelIn(run, index)
  if (number === undefined) return []
  const level = run.levels.get(number)
  return allIndicesOf(level).map((at) => {
    const { id, spec, instance } = run.steps.get(at)
    const local = at - level.base
    return {
      id,
      kind: spec.body.kind,
      label: instance?.label ?? null,
      depends_on: dependenciesOf(run, at),
      finally: local >= level.graph.mainCount,
    }
  })
}

function phaseFacts(before: RunState | null, after: RunState): FactBody[] {
  const was = before?.phase ?? 'steps'
  const facts: FactBody[] = []
  const { graph } = after.levels.get(0)
  const hasFinally = graph.steps.length > graph.mainCount
  if (was === 'steps' && after.phase !== 'steps' && hasFinally)
    facts.push({ type: 'finally_started', outcome: after.outcome })
  if (was !== 'finished' && after.phase === 'finished') {
    facts.push({ type: 'run_finished', outcome: after.outcome, cause: after.cause })
  }
  return facts
}

/** Budgets of which an attempt that is over used so much. */
function budgetFacts(before: RunState | null, event: RunEvent, after: RunState): BudgetFact[] {
  if (before === null || event.type !== 'attempt_finished') return []
  const index = indexOf(after, event.step, true)
  if (index === undefined || before.states.length <= index) return []
  const earlier = budgetsOf(lookupIn(before), index)
  return budgetsOf(lookupIn(after), index).flatMap((standing, at) => {
    const was = earlier[at]
    const owner = standing.owner === null ? null : after.steps.get(standing.owner).id
    const whose = { of: owner === null ? ('run' as const) : ('step' as const), owner }
    return was === undefined ? [] : crossed(was, standing).map((fact) => ({ ...fact, ...whose }))
  })
}

function crossed(was: Standing, is: Standing): Pick<BudgetFact, 'type' | 'unit' | 'limit' | 'used'>[] {
  const limits = limitsOf(is)
  return (['usd', 'tokens'] as const).flatMap((unit): Pick<BudgetFact, 'type' | 'unit' | 'limit' | 'used'>[] => {
    const limit = limits[unit]
    if (limit === null) return []
    const [before, used] = [was.ledger[unit], is.ledger[unit]]
    const warnAt = limit * is.budget.warnAt
    if (before <= limit && used > limit) return [{ type: 'budget_exceeded' as const, unit, limit, used }]
    return before < warnAt && used >= warnAt ? [{ type: 'budget_low' as const, unit, limit, used }] : []
  })
}
