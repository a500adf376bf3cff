import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { Instant, StepId } from '../base/ids.ts'
import type { JournalEvent, RunEvent, RunSubmitted } from './event.ts'
import type { RunState } from './state.ts'

/**
 * What streams tell (NDJSON of `run --json`, SSE): the journalled events and, right behind each, what follows from it.
 * `id` is `seq.k`: `k` 0 is the event itself, from 1 on what was computed; the same at every replay.
 */
export type Fact = { readonly id: string; readonly seq: number; readonly at: Instant } & FactBody

export type FactBody =
  | Exclude<RunEvent, RunSubmitted>
  | (Omit<RunSubmitted, 'plan'> & { readonly plan: string; readonly steps: readonly StepId[] })
  | { readonly type: 'step_ready'; readonly step: StepId; readonly attempt: number }
  | { readonly type: 'step_retrying'; readonly step: StepId; readonly attempt: number; readonly until: Instant }
  | { readonly type: 'step_held'; readonly step: StepId }
  | StepFinishedFact
  | { readonly type: 'finally_started'; readonly outcome: Outcome | null }
  | { readonly type: 'run_finished'; readonly outcome: Outcome | null; readonly cause: Cause | null }

export type StepFinishedFact = {
  readonly type: 'step_finished'
  readonly step: StepId
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skip_cause: SkipCause | null
  readonly message: string | null
}

/** The facts of one event, which took the run from `before` to `after`. */
export function factsOf(before: RunState | null, entry: JournalEvent, after: RunState): readonly Fact[] {
  const { at } = entry.event
  const bodies = [eventFact(entry.event), ...stepFacts(after), ...phaseFacts(before, after)]
  return bodies.map((body, k) => ({ ...body, id: `${entry.seq}.${k}`, seq: entry.seq, at }))
}

function eventFact(event: RunEvent): FactBody {
  if (event.type !== 'run_submitted') return event
  const { plan, ...rest } = event
  return { ...rest, plan: plan.name, steps: [...plan.steps, ...plan.finally].map((step) => step.id) }
}

function stepFacts(after: RunState): FactBody[] {
  return after.changed.flatMap((index): FactBody[] => {
    const step = after.graph.nodes[index]!.step.id // `changed` holds indices of this graph
    const state = after.steps.get(index)
    switch (state.status) {
      case 'ready':
        return [{ type: 'step_ready', step, attempt: state.attempt }]
      case 'backing_off':
        return [{ type: 'step_retrying', step, attempt: state.attempt, until: state.until }]
      case 'held':
        return [{ type: 'step_held', step }]
      case 'finished': {
        const { outcome, cause, skipCause, message } = state
        return [{ type: 'step_finished', step, outcome, cause, skip_cause: skipCause, message }]
      }
      case 'waiting':
      case 'condition':
      case 'running':
      case 'gate_to_open':
      case 'gated':
        return []
    }
  })
}

function phaseFacts(before: RunState | null, after: RunState): FactBody[] {
  const was = before?.phase ?? 'steps'
  const facts: FactBody[] = []
  const hasFinally = after.graph.nodes.length > after.graph.mainCount
  if (was === 'steps' && after.phase !== 'steps' && hasFinally)
    facts.push({ type: 'finally_started', outcome: after.outcome })
  if (was !== 'finished' && after.phase === 'finished') {
    facts.push({ type: 'run_finished', outcome: after.outcome, cause: after.cause })
  }
  return facts
}
