import type { Instant, StepId } from '../base/ids.ts'
import { evaluateCondition, referencedSteps } from '../plan/expression.ts'
import { priorityOf } from './graph.ts'
import type { RunEvent } from './event.ts'
import { deadlineAt } from './phase.ts'
import { asText, evaluateIn, scopeOf } from './scope.ts'
import type { RunState, StepState } from './state.ts'

/** What should happen next in a run. Offered again and again until events say that it happened. */
export type Decision = {
  /** Facts that are due now and need nobody: to be journalled, then `decide` is asked again. */
  readonly events: readonly RunEvent[]
  /** Attempts that run and must be stopped. */
  readonly stops: readonly Stop[]
  /** When something is due without any event: the next timeout of a gate, end of a back-off, deadline. */
  readonly wakeAt: Instant | null
}

export type Stop = {
  readonly step: StepId
  readonly attempt: number
  readonly reason: 'cancelled' | 'deadline' | 'killed'
}

/** An attempt that could start now if it had a slot. */
export type Candidate = {
  readonly index: number
  readonly step: StepId
  readonly attempt: number
  readonly priority: number
}

export function decide(run: RunState, now: Instant): Decision {
  if (run.phase === 'finished') return { events: [], stops: [], wakeAt: null }
  return { events: dueEvents(run, now), stops: dueStops(run), wakeAt: nextDue(run, now) }
}

/**
 * The attempts that could start now, best first: by priority, then critical path. Lazy, because of 10,000 that are
 * ready only as many are looked at as there are slots.
 */
export function* candidates(run: RunState, now: Instant): Generator<Candidate> {
  if (mustStop(run) !== null || run.phase === 'finished') return
  const { byRank, nodes } = run.graph
  for (const rank of merged(run, now)) {
    const index = byRank[rank]!
    const state = run.steps.get(index)
    if (state.status !== 'ready' && state.status !== 'backing_off') continue
    const { step } = nodes[index]!
    yield { index, step: step.id, attempt: state.attempt, priority: priorityOf(run.plan, step) }
  }
}

/** Ranks of the ready, and of those whose back-off is over, in ascending order. */
function* merged(run: RunState, now: Instant): Generator<number> {
  const due = stepsIn(run, run.sets.backingOff)
    .filter(({ state }) => state.status === 'backing_off' && state.until <= now)
    .map(({ rank }) => rank)
  let at = 0
  for (const rank of run.sets.ready) {
    while (at < due.length && due[at]! < rank) yield due[at++]!
    yield rank
  }
  while (at < due.length) yield due[at++]!
}

function dueEvents(run: RunState, now: Instant): RunEvent[] {
  const events: RunEvent[] = []
  for (const { step } of stepsIn(run, run.sets.conditions)) {
    const source = step.when ?? 'true'
    const value = evaluateCondition(source, scopeOf(run, referencedSteps(`\${{ ${source} }}`)))
    events.push(
      value.ok
        ? { type: 'condition_evaluated', at: now, step: step.id, value: value.value }
        : { type: 'expression_failed', at: now, step: step.id, message: `when: ${value.error}` },
    )
  }
  for (const { step } of stepsIn(run, run.sets.gatesToOpen)) {
    const prompt = evaluateIn(run, step.body.kind === 'approval' ? step.body.prompt : '')
    events.push(
      prompt.ok
        ? { type: 'gate_opened', at: now, step: step.id, prompt: asText(prompt.value) }
        : { type: 'expression_failed', at: now, step: step.id, message: `approval.prompt: ${prompt.error}` },
    )
  }
  for (const { step, state } of stepsIn(run, run.sets.gates)) {
    if (state.status === 'gated' && state.deadlineAt <= now) {
      events.push({ type: 'gate_decided', at: now, step: step.id, decision: 'reject', by: null, comment: null })
    }
  }
  const deadline = deadlineAt(run)
  if (deadline !== null && deadline <= now && run.phase !== 'finished') {
    events.push({ type: 'deadline_reached', at: now, phase: run.phase })
  }
  return events
}

function dueStops(run: RunState): Stop[] {
  const reason = mustStop(run)
  if (reason === null) return []
  return stepsIn(run, run.sets.running).flatMap(({ step, state }) =>
    state.status === 'running' ? [{ step: step.id, attempt: state.attempt, reason }] : [],
  )
}

/** Why nothing of the phase may run any more, or `null`. */
export function mustStop(run: RunState): Stop['reason'] | null {
  if (run.cancels > 1) return 'killed'
  if (run.phase === 'steps' && run.cancels > 0) return 'cancelled'
  return run.clock.expired ? 'deadline' : null
}

function nextDue(run: RunState, now: Instant): Instant | null {
  const times = stepsIn(run, run.sets.gates).flatMap(({ state }) =>
    state.status === 'gated' ? [state.deadlineAt] : [],
  )
  for (const { state } of stepsIn(run, run.sets.backingOff)) {
    if (state.status === 'backing_off' && state.until > now) times.push(state.until)
  }
  const deadline = deadlineAt(run)
  if (deadline !== null) times.push(deadline)
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b))
}

type InSet = {
  readonly rank: number
  readonly step: RunState['graph']['nodes'][number]['step']
  readonly state: StepState
}

function stepsIn(run: RunState, set: Iterable<number>): InSet[] {
  const { byRank, nodes } = run.graph
  return Array.from(set, (rank) => {
    const index = byRank[rank]! // sets hold ranks of this graph
    return { rank, step: nodes[index]!.step, state: run.steps.get(index) }
  })
}
