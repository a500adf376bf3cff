import type { Cause, Outcome } from '../base/cause.ts'
import type { Json } from '../base/json.ts'
import type { Draft } from './draft.ts'
import { openStatic } from './expand.ts'
import { admit, endAlone, finish, skipped } from './flow.ts'
import { allIndicesOf, indicesOf, type Level, type Verdict } from './level.ts'
import { backoffMs, wantsRetry } from './retry.ts'
import type { StepFinished } from './state.ts'
import { dropSteps } from './void.ts'

/** Opens what is to be opened, and moves levels on in which nothing is open, until nothing is left to do. */
export function settleLevels(draft: Draft, cancels: number): void {
  for (;;) {
    openStatic(draft)
    const ended = draft.emptied()
    if (ended === null) return
    endPhase(draft, ended, cancels)
  }
}

function endPhase(draft: Draft, number: number, cancels: number): void {
  const level = draft.level(number)
  if (level.phase === 'steps') {
    const open = level.graph.steps.length - level.graph.mainCount
    const clock = { activeMs: 0, since: null, begun: true }
    const cut = cancels > 1 ? 'cancelled' : null
    draft.patchLevel(number, { phase: 'finally', open, verdict: verdictOf(level), cut, clock })
    for (const index of indicesOf(draft.level(number))) {
      const state = draft.state(index)
      if (state.status !== 'waiting') continue // a rewind's: it is still being stopped
      if (cut !== null) endAlone(draft, index, skipped({ cause: cut }))
      else if (state.unmet === 0) admit(draft, index)
    }
    return
  }
  // A finally that ran out of its own time has failed; the run did not.
  const atEnd = verdictOf({ ...level, cut: level.cut === 'timeout' ? null : level.cut })
  const end = level.verdict?.outcome === 'success' ? atEnd : level.verdict
  draft.patchLevel(number, { phase: 'finished', end })
  if (level.owner === null) return
  if (level.kind === 'instances') closeInstances(draft, level.owner, level)
  else if (Object.keys(level.plan.outputs).length === 0) closeSubPlan(draft, level.owner, {})
  else {
    const state = draft.state(level.owner)
    if (state.status === 'open') draft.move(level.owner, { ...state, status: 'to_close' })
  }
}

function verdictOf({ cut, firstFailure }: Pick<Level, 'cut' | 'firstFailure'>): Verdict {
  if (cut !== null) return { outcome: cut === 'cancelled' ? 'cancellation' : 'timeout', cause: cut }
  if (firstFailure === null) return { outcome: 'success', cause: null }
  return { outcome: firstFailure.outcome === 'error' ? 'error' : 'failure', cause: firstFailure.cause }
}

/** The steps of a sub-plan are over, and its outputs are known. */
export function closeSubPlan(draft: Draft, index: number, outputs: Json): void {
  const state = draft.state(index)
  const { id, spec, inner, level: around } = draft.step(index)
  if (inner === null || (state.status !== 'open' && state.status !== 'to_close')) return
  const { end, firstFailure } = draft.level(inner)
  const { outcome, cause } = end ?? { outcome: 'error', cause: null }
  const past = { ...state.past, count: state.past.count + 1, tries: state.past.tries + 1, lastCause: cause }
  if (draft.level(around).cut === null && wantsRetry(spec.retry, { outcome, cause }, past)) {
    const until = draft.at + backoffMs(spec.retry, `${draft.run.id}/${id}/${past.count}`, past.tries)
    dropSteps(draft, inner)
    return draft.move(index, { status: 'backing_off', attempt: past.count + 1, until, past })
  }
  const message =
    firstFailure === null || outcome === 'success'
      ? null
      : `step "${firstFailure.step}" ended with ${firstFailure.cause ?? firstFailure.outcome}`
  finish(draft, index, { outcome, cause, message, outputs, startedAt: state.since, past })
}

const bestToWorst: readonly Outcome[] = ['success', 'skip', 'cancellation', 'timeout', 'failure', 'error']

/** The one end that dependants see of many instances: the worst outcome, and all outputs in order. */
function closeInstances(draft: Draft, index: number, level: Level): void {
  const state = draft.state(index)
  if (state.status !== 'open') return
  const ends = allIndicesOf(level).map((at) => draft.state(at) as StepFinished) // nothing of the level is open
  const isSkip = ends.every(({ outcome }) => outcome === 'skip')
  const outcome = isSkip
    ? 'skip'
    : (bestToWorst.findLast((one) => one !== 'skip' && ends.some((end) => end.outcome === one)) ?? 'success')
  const like = ends.filter((end) => end.outcome === outcome)
  const cause: Cause | null = like[0]?.cause ?? null
  finish(draft, index, {
    outcome,
    cause,
    skipCause: isSkip ? (like[0]?.skipCause ?? null) : null,
    message: outcome === 'success' || isSkip ? null : messageOf(draft, level, like, ends.length),
    outputs: ends.map(({ outputs }) => outputs),
    startedAt: state.since,
  })
}

function messageOf(draft: Draft, level: Level, like: readonly StepFinished[], of: number): string {
  const first = allIndicesOf(level).find((at) => draft.state(at) === like[0]) ?? level.base
  const why = like[0]?.message ?? like[0]?.cause ?? ''
  return `${like.length} of ${of} ended with ${like[0]?.outcome}; ${draft.step(first).id}: ${why}`.slice(0, 512)
}
