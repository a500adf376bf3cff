import type { RunState } from './state.ts'

/** What a run waits for: `none` while something runs or is due by itself, `people` when only a person can move it. */
export function waitsFor(run: RunState): 'none' | 'people' | 'nothing' {
  if (run.phase === 'finished') return 'nothing'
  const { people, moving } = run.levels.get(0)
  return people > 0 && moving === 0 ? 'people' : 'none'
}
