import type { RunState } from './state.ts'

/**
 * What a run waits for: `none` while something runs or is due by itself, `people` when only a person can move it,
 * `budget` when all that a person could do is to allow more.
 */
export function waitsFor(run: RunState): 'none' | 'people' | 'budget' | 'nothing' {
  if (run.phase === 'finished') return 'nothing'
  const { people, moving } = run.levels.get(0)
  if (people === 0 || moving > 0) return 'none'
  return people === run.sets.paused.size ? 'budget' : 'people'
}
