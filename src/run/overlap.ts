import type { Overlap } from './attempt-result.ts'
import type { RunState, StepState } from './state.ts'

/** Overlaps of all steps, told of both sides, without what was seen of attempts that do not count any more. */
export function overlapsOf(run: RunState): ReadonlyMap<string, readonly Overlap[]> {
  const found = new Map<string, Overlap[]>()
  const attempts = new Map<string, number>()
  const told: { readonly step: string; readonly state: StepState; readonly overlaps: readonly Overlap[] }[] = []
  for (let index = 0; index < run.states.length; index++) {
    const { id } = run.steps.get(index)
    const state = run.states.get(index)
    const attempt = attemptOf(state)
    if (attempt === null) continue
    attempts.set(id, attempt)
    const { overlaps } = state.past
    if (overlaps !== undefined && state.status !== 'running') told.push({ step: id, state, overlaps })
  }
  const add = (step: string, overlap: Overlap): void => {
    const known = found.get(step)
    if (known === undefined) found.set(step, [overlap])
    else if (!known.some((one) => one.step === overlap.step)) known.push(overlap)
  }
  for (const { step, state, overlaps } of told) {
    for (const overlap of overlaps) {
      if (attempts.get(overlap.step) !== overlap.attempt) continue
      add(step, overlap)
      add(overlap.step, { ...overlap, step, attempt: state.past.count })
    }
  }
  return found
}

/** The attempt whose change counts, or which runs; `null`: there is none. */
function attemptOf(state: StepState): number | null {
  if (state.status === 'running') return state.voided === null ? state.attempt : null
  const isOver = state.status === 'gated' || (state.status === 'finished' && state.outcome === 'success')
  return isOver && state.past.count > 0 ? state.past.count : null
}

const mostShown = 3

/** In words, of one of the two. */
export function overlapWords({ step, count, files }: Overlap): string {
  const shown = files.slice(0, mostShown)
  const more = count > shown.length ? ` and ${count - shown.length} more` : ''
  return `changed ${shown.join(', ')}${more}, and so did "${step}", which does not wait for it: their merge may conflict`
}
