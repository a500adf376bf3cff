import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { Instant, StepId } from '../base/ids.ts'
import { masked } from '../base/sealed.ts'
import type { JournalEvent, RunEvent, RunSubmitted } from './event.ts'
import type { StepBody } from '../plan/plan.ts'
import { dependenciesOf, liveLevelIn } from './find.ts'
import { allIndicesOf } from './level.ts'
import type { RunState, StepState } from './state.ts'

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
  | StepOpenedFact
  /** A rewind took it back to before its first attempt; with `dropped` it is no part of the run any more. */
  | { readonly type: 'step_voided'; readonly step: StepId; readonly dropped: boolean }
  | StepFinishedFact
  | { readonly type: 'finally_started'; readonly outcome: Outcome | null }
  | { readonly type: 'run_finished'; readonly outcome: Outcome | null; readonly cause: Cause | null }

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
  const bodies = [eventFact(entry.event), ...stepFacts(before, after), ...phaseFacts(before, after)]
  return bodies.map((body, k) => ({ ...body, id: `${entry.seq}.${k}`, seq: entry.seq, at }))
}

function eventFact(event: RunEvent): FactBody {
  if (event.type === 'inputs_evaluated') return { ...event, inputs: masked(event.inputs) }
  if (event.type !== 'run_submitted') return event
  const { plan, inputs, ...rest } = event
  return {
    ...rest,
    inputs: masked(inputs),
    plan: plan.name,
    steps: [...plan.steps, ...plan.finally].map((step) => step.id),
  }
}

function stepFacts(before: RunState | null, after: RunState): FactBody[] {
  const facts: FactBody[] = []
  for (const index of after.changed) {
    const was = before !== null && index < before.states.length ? before.states.get(index) : null
    facts.push(...factsOfStep(after, index, was))
  }
  return facts
}

function factsOfStep(after: RunState, index: number, was: StepState | null): FactBody[] {
  const { id: step } = after.steps.get(index)
  const state = after.states.get(index)
  if (isTakenBack(was, state)) {
    const again = state.status === 'ready' ? factsOfState(after, index, step, state) : []
    return [{ type: 'step_voided', step, dropped: state.status === 'dropped' }, ...again]
  }
  return factsOfState(after, index, step, state)
}

/** Whether a step is at its beginning again, or on its way there. */
function isTakenBack(was: StepState | null, { status, past }: StepState): boolean {
  if (was === null || was.status === 'waiting' || was.status === 'dropped') return false
  const begins = status === 'waiting' || status === 'clearing' || status === 'dropped'
  return begins ? was.status !== 'clearing' || status !== 'clearing' : was.status === 'finished' && past.tries === 0
}

function factsOfState(after: RunState, index: number, step: StepId, state: StepState): FactBody[] {
  switch (state.status) {
    case 'ready':
      return [{ type: 'step_ready', step, attempt: state.attempt }]
    case 'backing_off':
      return [{ type: 'step_retrying', step, attempt: state.attempt, until: state.until }]
    case 'held':
      return [{ type: 'step_held', step }]
    case 'open':
      return [{ type: 'step_opened', step, steps: stepsIn(after, index) }]
    case 'finished': {
      const { outcome, cause, skipCause, message } = state
      return [{ type: 'step_finished', step, outcome, cause, skip_cause: skipCause, message }]
    }
    case 'waiting':
    case 'condition':
    case 'running':
    case 'to_open':
    case 'gated':
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
