import type { RunState } from './state.ts'

/**
 * What a run waits for: `none` while something runs or is due by itself, `people` when only a person can move it,
 * `budget` when all that a person could do is to allow more, `quota` or `agent` when all that it could start waits for
 * agents or their credentials.
 */
export function waitsFor(run: RunState): 'none' | 'people' | 'budget' | 'quota' | 'agent' | 'nothing' {
  if (run.phase === 'finished') return 'nothing'
  const { people, moving } = run.levels.get(0)
  const { standstill } = run
  if (moving > 0 && standstill !== null && !(standstill.needsPerson && people > 0)) return standstill.for
  if (people === 0 || (moving > 0 && standstill === null)) return 'none'
  return people === run.sets.paused.size ? 'budget' : 'people'
}

/** Whether a run goes on without a person, be it later. */
export function goesOn(run: RunState): boolean {
  const what = waitsFor(run)
  return what === 'none' || ((what === 'quota' || what === 'agent') && run.standstill?.needsPerson === false)
}
