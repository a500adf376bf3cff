import type { StepId } from '../base/ids.ts'
import type { ReportDecision } from '../ports/report.ts'
import type { RunEvent } from '../run/event.ts'
import { timeOf } from './steps.ts'

/** What people decided, as the journal tells, and what no longer stands: a rewind or a retry took it back. */
export function decisionsBefore(events: Iterable<RunEvent>, standing: readonly ReportDecision[]): ReportDecision[] {
  const stands = new Set(standing.map(keyOf))
  const asked = new Map<StepId, ReportDecision['about']>()
  const all: ReportDecision[] = []
  for (const event of events) {
    if (event.type === 'attempt_finished') {
      const { review, cause } = event.result
      if (review?.verdict === 'require_human') asked.set(event.step, 'change')
      else if (cause === 'merge_conflict') asked.set(event.step, 'conflict')
    } else if (event.type === 'gate_decided') {
      const { step, decision, by, comment: why, at } = event
      all.push({ step, about: asked.get(step) ?? 'approval', decision, by, why, at: timeOf(at) })
    } else if (event.type === 'attempt_decided' && event.decision !== 'rerun') {
      const { step, decision, by, at } = event
      all.push({ step, about: 'lost_attempt', decision, by, why: null, at: timeOf(at) })
    }
  }
  return all.filter((one) => !stands.has(keyOf(one)))
}

const keyOf = ({ step, at, decision }: ReportDecision): string => `${step} ${at} ${decision}`
