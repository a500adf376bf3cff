import { type Choice, choose, type Dispatch, type Wait } from './dispatch.ts'
import { indexOfOrder } from './order.ts'
import type { RunState } from './state.ts'

/**
 * What a run waits for: `none` while something runs or is due by itself, `people` when only a person can move it,
 * `budget` when all that a person could do is to allow more, `quota` or `agent` when all that could start waits for that.
 */
export type WaitsFor = 'none' | 'people' | 'budget' | 'quota' | 'agent' | 'nothing'

/** @param dispatch who could do the work, and how things stand with them; `null`: then nothing waits for them */
export function waitsFor(run: RunState, dispatch: Dispatch | null = null): WaitsFor {
  if (run.phase === 'finished') return 'nothing'
  const { people, moving } = run.levels.get(0)
  if (people > 0 && moving === 0) return people === run.sets.paused.size ? 'budget' : 'people'
  const waits = dispatch === null ? null : blockedBy(run, dispatch)
  if (waits === null) return 'none'
  if (people > 0) return 'people'
  return waits.some(({ for: what }) => what === 'quota') ? 'quota' : 'agent'
}

/** Whether a run can go on without a person. */
export function canMove(run: RunState, dispatch: Dispatch): boolean {
  if (run.phase === 'finished') return false
  const { people, moving } = run.levels.get(0)
  if (people > 0 && moving === 0) return false
  return blockedBy(run, dispatch)?.every(({ needsPerson }) => needsPerson) !== true
}

/** What keeps everything that could start from it, when nothing runs and nothing else is due; `null`: something goes on. */
function blockedBy(run: RunState, dispatch: Dispatch): readonly Wait[] | null {
  const { running, pending } = run.sets
  if (running.size > 0 || pending.size > 0 || backsOff(run)) return null
  const first = Array.from(run.levels.get(0).queues.values(), (queue) => queue.first)
  const choices = first.flatMap((order) => (order === undefined ? [] : [choose(run, indexOfOrder(order), dispatch)]))
  const waits = choices.filter(isLasting)
  return waits.length > 0 && waits.length === choices.length ? waits : null
}

function backsOff({ timers, states }: RunState): boolean {
  for (const { kind, index } of timers) if (kind === 'step' && states.get(index).status === 'backing_off') return true
  return false
}

/** A slot is free again as soon as another run needs it no more. */
const isLasting = (choice: Choice | Wait): choice is Wait => choice.kind === 'wait' && choice.for !== 'slot'
