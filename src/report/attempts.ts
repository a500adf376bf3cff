import type { StepId } from '../base/ids.ts'
import type { ReportAttempt } from '../ports/report.ts'
import type { RunEvent } from '../run/event.ts'
import { judged } from '../run/reviewed.ts'
import { timeOf } from './steps.ts'

/** Every attempt of every step, as the journal tells: also those that a rewind did away with, and that nothing else shows. */
export function attemptsIn(events: Iterable<RunEvent>): ReadonlyMap<StepId, readonly ReportAttempt[]> {
  const all = new Map<StepId, ReportAttempt[]>()
  for (const event of events) {
    if (event.type === 'attempt_started') {
      const { step, attempt, agent, at } = event
      const own = all.get(step) ?? []
      own.push({ attempt, agent, started_at: timeOf(at), finished_at: null, ...nothingYet })
      all.set(step, own)
    } else if (event.type === 'attempt_finished' || event.type === 'attempt_lost') {
      const own = all.get(event.step)
      const index = own?.findLastIndex(({ attempt }) => attempt === event.attempt) ?? -1
      const begun = own?.[index]
      if (own !== undefined && begun !== undefined) own[index] = { ...begun, ...endOf(event) }
    } else if (event.type === 'gate_decided' && event.decision === 'reject') {
      const last = all.get(event.step)?.at(-1) // an approval has no attempts, and a conflict no success
      if (last?.outcome === 'success')
        all.get(event.step)?.splice(-1, 1, {
          ...last,
          outcome: 'failure',
          cause: 'gate_rejected',
          message: event.comment,
        })
    }
  }
  return all
}

const nothingYet = { outcome: null, cause: null, message: null, cost_usd: null }

type End = Extract<RunEvent, { readonly type: 'attempt_finished' | 'attempt_lost' }>

function endOf(event: End): Omit<ReportAttempt, 'attempt' | 'agent' | 'started_at'> {
  const finished = timeOf(event.at)
  if (event.type === 'attempt_lost')
    return {
      finished_at: finished,
      outcome: 'error',
      cause: 'daemon_lost',
      message: event.message ?? null,
      cost_usd: null,
    }
  const { outcome, cause, message, costUsd } = judged(event.result)
  return { finished_at: finished, outcome, cause, message, cost_usd: costUsd }
}
