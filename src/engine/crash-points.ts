import type { Journal } from '../ports/journal.ts'

/**
 * For crash tests only: kills this very process with SIGKILL right before or right behind the commit that holds event
 * `seq`, as `ORCHD_TEST_CRASH` says (`before:12`, `after:12`). Without that variable the journal is used as it is.
 */
export function withCrashPoint(journal: Journal, point: string | undefined): Journal {
  const [, when, seq] = point?.match(/^(before|after):(\d+)$/) ?? []
  if (when === undefined) return journal
  return {
    ...journal,
    append(events) {
      const hit = events.some((entry) => entry.seq === Number(seq))
      if (hit && when === 'before') process.kill(process.pid, 'SIGKILL')
      journal.append(events)
      if (hit && when === 'after') process.kill(process.pid, 'SIGKILL')
    },
  }
}
