import type { Journal, NewEvent } from '../ports/journal.ts'

/**
 * For crash tests only, as `ORCHD_TEST_CRASH` says; without that variable the journal is used as it is.
 *
 * `before:12`, `after:12`: kills this very process with SIGKILL right before or right behind the commit of event 12.
 * `late`: a planted bug. Commits are acknowledged at once and written with the next one, so that the engine acts
 * before its intent is durable: the crash tests must notice.
 */
export function withCrashPoint(journal: Journal, point: string | undefined): Journal {
  if (point === 'late') return lateJournal(journal)
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

function lateJournal(journal: Journal): Journal {
  let late: readonly NewEvent[] = []
  return {
    ...journal,
    lastSeq: () => journal.lastSeq() + late.length,
    append(events) {
      if (late.length > 0) journal.append(late)
      late = events
    },
  }
}
