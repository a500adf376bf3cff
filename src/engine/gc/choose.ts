import type { Instant } from '../../base/ids.ts'
import { onceMark } from '../../ports/gc.ts'
import type { RunRow } from '../../ports/journal.ts'

const isLasting = (key: string | null): boolean => key !== null && !key.startsWith(onceMark)

export type Choice = {
  /** What goes, the oldest first. */
  readonly old: readonly RunRow[]
  readonly newest: number
  readonly young: number
}

/** Which finished runs are old: not among the newest `keep`, and finished at `before` or earlier. */
export function chooseRuns(
  finished: readonly RunRow[],
  {
    keep,
    before,
    submittedBefore,
  }: {
    readonly keep: number
    readonly before: Instant
    /** A run with a key that was submitted later still stands for whoever asks again with that key. */
    readonly submittedBefore: Instant
  },
): Choice {
  const rest = finished.slice(keep)
  const old = rest.filter(
    ({ finishedAt, key, submittedAt }) =>
      finishedAt !== null && finishedAt <= before && (!isLasting(key) || submittedAt <= submittedBefore),
  )
  return { old: old.toReversed(), newest: Math.min(keep, finished.length), young: rest.length - old.length }
}
