import type { ReportDecision } from '../ports/report.ts'
import { liveSteps } from '../run/find.ts'
import type { RunState, RunStep, StepFinished } from '../run/state.ts'
import { timeOf } from './steps.ts'

/** What people decided in a run, as it stands now: what a rewind took back is not there. */
export function decisionsOf(run: RunState): ReportDecision[] {
  return Array.from(liveSteps(run)).flatMap((index) => {
    const state = run.states.get(index)
    return state.status === 'finished' ? decisionOf(run.steps.get(index), state) : []
  })
}

function decisionOf({ id, spec }: RunStep, state: StepFinished): ReportDecision[] {
  const { outcome, cause, decidedBy: by, message: why } = state
  const base = { step: id, by, at: timeOf(state.finishedAt) }
  if (spec.body.kind === 'approval') {
    if (outcome === 'success') return [{ ...base, about: 'approval', decision: 'approve', why }]
    return cause === 'gate_rejected' ? [{ ...base, about: 'approval', decision: 'reject', why }] : []
  }
  if (spec.body.kind === 'integrate' && cause === 'gate_rejected' && state.review === null)
    return [{ ...base, about: 'conflict', decision: 'reject', why }]
  const { resolvedBy = null } = state.past
  const resolved: readonly ReportDecision[] =
    resolvedBy === null
      ? []
      : [
          {
            step: id,
            by: resolvedBy.by,
            at: timeOf(resolvedBy.at),
            about: 'conflict',
            decision: 'approve',
            why: resolvedBy.comment,
          },
        ]
  return [...resolved, ...changeDecision({ id, spec }, state)]
}

function changeDecision({ id }: Pick<RunStep, 'id' | 'spec'>, state: StepFinished): ReportDecision[] {
  const { outcome, cause, decidedBy: by, message: why } = state
  const base = { step: id, by, at: timeOf(state.finishedAt) }
  if (state.review !== null && (by !== null || cause === 'gate_rejected')) {
    return outcome === 'success'
      ? [{ ...base, about: 'change', decision: 'approve', why: state.decidedWith ?? null }]
      : [{ ...base, about: 'change', decision: 'reject', why }]
  }
  if (by === null) return []
  return [{ ...base, about: 'lost_attempt', decision: outcome === 'skip' ? 'skip' : 'fail', why }]
}
