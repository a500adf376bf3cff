import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import { isEvaluated, perInstance } from '../plan/instances.ts'
import type { Draft } from './draft.ts'
import { indicesOf } from './level.ts'
import { skipCauseOf, standingOf } from './rule.ts'
import { noAttempts } from './past-attempts.ts'
import type { StepFinished } from './state.ts'

/** What `finish` must be told; the rest is as for a step that never started. */
export type StepEnd = { readonly outcome: Outcome; readonly cause: Cause | null } & Partial<
  Omit<StepFinished, 'status' | 'finishedAt'>
>

const notStarted = {
  skipCause: null,
  message: null,
  agent: null,
  outputs: {},
  artifacts: [],
  change: null,
  startedAt: null,
  past: noAttempts,
  decidedBy: null,
  review: null,
}

/** The end of a step that was never started. `cause` only where the run was cut off, not for a condition or an upstream. */
export const skipped = (why: { skipCause?: SkipCause; cause?: Cause }): StepEnd => ({
  outcome: 'skip',
  cause: why.cause ?? null,
  skipCause: why.skipCause ?? null,
})

/** Ends a step and settles whoever waited for it, and in turn those whom that skips. */
export function finish(draft: Draft, index: number, end: StepEnd): void {
  endAlone(draft, index, end)
  const ended = [index]
  for (const done of ended) {
    const { level: number } = draft.step(done)
    const { base, graph, cut } = draft.level(number)
    for (const local of graph.steps[done - base]!.dependents) {
      const dependent = base + local
      if (!isFree(draft, dependent)) continue
      const skipCause = cut === null ? skipCauseIn(draft, dependent) : null
      if (cut !== null) endAlone(draft, dependent, skipped({ cause: cut }))
      else if (skipCause === null) admit(draft, dependent)
      else endAlone(draft, dependent, skipped({ skipCause }))
      if (draft.state(dependent).status === 'finished') ended.push(dependent)
    }
  }
}

/** Counts one dependency as settled; whether it was the last one that a step waited for. */
function isFree(draft: Draft, index: number): boolean {
  const state = draft.state(index)
  if (state.status === 'waiting' || state.status === 'clearing') draft.move(index, { ...state, unmet: state.unmet - 1 })
  else if (state.status === 'running' && state.voided !== null)
    draft.move(index, { ...state, voided: { ...state.voided, unmet: state.voided.unmet - 1 } })
  return state.status === 'waiting' && state.unmet === 1
}

/** Lets a step that waits for nothing any more go on as its rule says; for when it was not freed by `finish`. */
export function resume(draft: Draft, index: number): void {
  const { cut } = draft.levelOf(index)
  const skipCause = skipCauseIn(draft, index)
  if (cut !== null) finish(draft, index, skipped({ cause: cut }))
  else if (skipCause === null) admit(draft, index)
  else finish(draft, index, skipped({ skipCause }))
}

/** Lets a step go on whose rule holds: to its condition, else straight to work. */
export function admit(draft: Draft, index: number): void {
  const { past } = draft.state(index)
  const { spec, instance } = draft.step(index)
  const asksNow = spec.when !== null && perInstance(spec) === (instance !== null)
  if (asksNow) draft.move(index, { status: 'condition', past })
  else release(draft, index)
}

/** A step's condition holds: it wants a slot or a person, or is opened. */
export function release(draft: Draft, index: number): void {
  const { past } = draft.state(index)
  const { spec, instance } = draft.step(index)
  const many = instance === null && (spec.matrix !== null || spec.forEach !== null)
  if (many || spec.body.kind === 'approval' || spec.body.kind === 'plan') {
    draft.move(index, { status: 'to_open', past })
    // What a matrix comes to stands in the plan: nothing is to be evaluated first.
    if (many && !isEvaluated(spec)) draft.toOpen.push(index)
  } else draft.move(index, { status: 'ready', attempt: past.count + 1, since: draft.at, past })
}

/** Ends a step, and whatever waits for it is somebody else's business: for when all others end too. */
export function endAlone(draft: Draft, index: number, end: StepEnd): void {
  const { past } = draft.state(index)
  const { level: number, id } = draft.step(index)
  const spec = draft.spec(index)
  const state: StepFinished = { status: 'finished', ...notStarted, past, ...end, finishedAt: draft.at }
  draft.move(index, state)
  count(draft, index, state, 1)
  const { open, firstFailure, failFast, cut } = draft.level(number)
  const failed = standingOf(spec, state) === 'failed'
  const first = failed ? { step: id, outcome: end.outcome, cause: end.cause } : null
  draft.patchLevel(number, { open: open - 1, firstFailure: firstFailure ?? first })
  if (failed && failFast && cut === null) cutOff(draft, number, 'cancelled')
}

/** Counts a finished step in (1) or out (-1), unless the steps in it are counted. */
export function count(draft: Draft, index: number, { outcome }: StepFinished, by: 1 | -1): void {
  if (hasSteps(draft, index)) return
  if (outcome === 'success') draft.counts.success += by
  else if (outcome === 'skip') draft.counts.skipped += by
  else draft.counts.failed += by
}

/** Whether a step was opened and has steps in it. */
export function hasSteps(draft: Draft, index: number): boolean {
  const { inner } = draft.step(index)
  if (inner === null) return false
  const { live, graph } = draft.level(inner)
  return live && graph.steps.length > 0
}

/**
 * Ends all that is not running: never started is a skip; what was between attempts or at a gate shares the run's fate.
 * What a level below does in its `finally` goes on, unless `all` is to end.
 */
export function cutOff(draft: Draft, number: number, cut: 'cancelled' | 'timeout', all = false): void {
  draft.patchLevel(number, { cut })
  for (const index of indicesOf(draft.level(number))) {
    const state = draft.state(index)
    switch (state.status) {
      case 'finished':
      case 'dropped':
      case 'running':
      case 'clearing':
      case 'to_close':
        continue // what runs is stopped, see `decide`
      case 'open': {
        const { inner } = draft.step(index)
        if (inner !== null && (all || draft.level(inner).phase === 'steps')) cutOff(draft, inner, cut, all)
        continue
      }
      case 'waiting':
      case 'condition':
      case 'to_open':
      case 'ready':
      case 'backing_off':
      case 'held':
      case 'paused':
      case 'gated': {
        const { past } = state
        const begun = past.tries > 0 || state.status === 'gated'
        const outcome = cut === 'cancelled' ? 'cancellation' : 'timeout'
        endAlone(
          draft,
          index,
          begun ? { outcome, cause: cut, startedAt: past.firstStartedAt } : skipped({ cause: cut }),
        )
      }
    }
  }
}

function skipCauseIn(draft: Draft, index: number): SkipCause | null {
  const { base, graph } = draft.levelOf(index)
  const standings = graph.steps[index - base]!.dependsOn.map((local) => {
    const state = draft.state(base + local)
    // Only asked when no dependency is unmet: all are finished.
    return standingOf(draft.spec(base + local), state as StepFinished)
  })
  return skipCauseOf(draft.spec(index).triggerRule, standings)
}
