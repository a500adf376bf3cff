import type { Instant } from '../base/ids.ts'
import { Draft } from './draft.ts'
import type { RetryRequested } from './event.ts'
import { hasSteps } from './flow.ts'
import { indexOf } from './find.ts'
import { allIndicesOf } from './level.ts'
import { standingOf } from './rule.ts'
import type { RunState } from './state.ts'
import { rewind } from './void.ts'

/** Has steps run again at a person's wish, also of a run that is over. Whether there was anything to run again. */
export function retryRequested(draft: Draft, event: RetryRequested): boolean {
  const targets = event.from === null ? failedIn(draft, 0) : [indexOf(draft.run, event.from)]
  const known = targets.filter((index) => index !== undefined)
  if (known.length === 0) return false
  if (draft.run.phase === 'finished') beginAnew(draft)
  for (const group of Map.groupBy(known, (index) => draft.step(index).level).values()) {
    rewind(draft, group, { only: event.only })
  }
  return true
}

/** Whether a retry without a step would find anything to run again. */
export const hasFailed = (run: RunState, at: Instant): boolean => failedIn(new Draft(run, at), 0).length > 0

/** Nothing is cut off any more, and limits of time count anew. */
function beginAnew(draft: Draft): void {
  for (let number = 0; number < draft.levelCount; number++) {
    const clock = { activeMs: 0, since: null, begun: false }
    draft.patchLevel(number, { cut: null, clock, deadlineAt: null })
  }
}

/** What kept a level from its success: steps that failed or were cut off; inside of a step that was opened, the steps there. */
function failedIn(draft: Draft, number: number): number[] {
  return allIndicesOf(draft.level(number)).flatMap((index) => {
    const state = draft.state(index)
    const { spec, inner } = draft.step(index)
    if (inner !== null && hasSteps(draft, index)) {
      const inside = failedIn(draft, inner)
      if (inside.length > 0) return inside
    }
    if (state.status !== 'finished') return []
    const cutOff = state.outcome === 'skip' && state.skipCause === null
    return cutOff || standingOf(spec, state) === 'failed' ? [index] : []
  })
}
