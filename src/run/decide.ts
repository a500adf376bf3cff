import type { Instant, StepId } from '../base/ids.ts'
import { pendingEvent } from './evaluate.ts'
import type { RunEvent } from './event.ts'
import type { Level } from './level.ts'
import { advance } from './reduce.ts'
import type { RunState, StepRunning } from './state.ts'

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
  readonly reason: StopReason
}
type StopReason = 'cancelled' | 'deadline' | 'killed'

export function decide(run: RunState, now: Instant): Decision {
  if (run.phase === 'finished') return { events: [], stops: [], wakeAt: null }
  const events = dueEvents(advance(run, now), now)
  return { events, stops: dueStops(run), wakeAt: events.length > 0 ? now : nextDue(run, now) }
}

function dueEvents(run: RunState, now: Instant): RunEvent[] {
  const events = Array.from(run.sets.pending, (index) => pendingEvent(run, index, now))
  for (const { at, kind, index } of run.timers) {
    if (at > now) break
    if (kind === 'level') {
      const { phase, owner } = run.levels.get(index)
      const level = owner === null ? null : run.steps.get(owner).id
      if (phase !== 'finished') events.push({ type: 'deadline_reached', at: now, phase, level })
    } else if (run.states.get(index).status === 'gated') {
      const step = run.steps.get(index).id
      events.push({ type: 'gate_decided', at: now, step, decision: 'reject', by: null, comment: null })
    }
  }
  return events
}

function dueStops(run: RunState): Stop[] {
  const stops: Stop[] = []
  for (const index of run.sets.running) {
    const state = run.states.get(index)
    const { id, level } = run.steps.get(index)
    const reason = state.status === 'running' ? stopReason(run, state, run.levels.get(level)) : null
    if (state.status === 'running' && reason !== null) stops.push({ step: id, attempt: state.attempt, reason })
  }
  return stops
}

function stopReason(run: RunState, { voided }: StepRunning, level: Level): StopReason | null {
  return mustStop(run, level) ?? (voided === null ? null : 'cancelled')
}

/** Why nothing of a level's phase may run any more, or `null`. */
export function mustStop(run: RunState, { cut }: Level): StopReason | null {
  if (run.cancels > 1) return 'killed'
  if (cut === null) return null
  return cut === 'cancelled' ? 'cancelled' : 'deadline'
}

function nextDue(run: RunState, now: Instant): Instant | null {
  for (const { at } of run.timers) if (at > now) return at
  return null
}
