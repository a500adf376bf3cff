import type { RunState } from './state.ts'

/** What a run waits for: `none` while something runs or is due by itself, `people` when only a person can move it. */
export function waitsFor(run: RunState): 'none' | 'people' | 'nothing' {
  if (run.phase === 'finished') return 'nothing'
  const { gates, held, ...moving } = run.sets
  if (gates.size + held.size === 0) return 'none'
  return Object.values(moving).every((set) => set.size === 0) ? 'people' : 'none'
}
