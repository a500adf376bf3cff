import { Candidates } from './candidates.ts'
import { choose, type Dispatch, type Wait } from './dispatch.ts'
import type { Standstill } from './event.ts'
import type { RunState } from './state.ts'

/** Why nothing of a run can go on now, if that is for want of agents or their quota; `null`: it runs, or waits for something else. */
export function standstillOf(run: RunState, dispatch: Dispatch): Standstill | null {
  if (run.phase === 'finished' || run.sets.running.size > 0 || run.sets.pending.size > 0) return null
  if (backsOff(run, dispatch.now)) return null
  const waits: Wait[] = []
  const rest = new Candidates(run, dispatch.now)
  for (let next = rest.best(); next !== null; next = rest.best()) {
    const decision = choose(run, next.index, dispatch)
    if (decision.kind !== 'wait' || decision.for === 'slot') return null
    waits.push(decision)
    rest.drop(next.demand)
  }
  const [first] = waits.toSorted((a, b) => (a.until ?? Infinity) - (b.until ?? Infinity))
  if (first === undefined) return null
  const others = new Set(waits.map(({ what }) => what)).size - 1
  return {
    for: first.for === 'quota' ? 'quota' : 'agent',
    why: others === 0 ? first.what : `${first.what}, and ${others} more`,
    until: first.until,
    needsPerson: waits.every(({ needsPerson }) => needsPerson),
  }
}

/** Whether a step is to be tried again later by itself. */
function backsOff(run: RunState, now: number): boolean {
  for (const { at, kind, index } of run.timers)
    if (at > now && kind === 'step' && run.states.get(index).status === 'backing_off') return true
  return false
}
