import type { AgentAdapter } from '../ports/agent.ts'
import type { Journal } from '../ports/journal.ts'

// For crash tests only, as `ORCHD_TEST_CRASH` says; without that variable everything is used as it is.

/**
 * `before:12`, `after:12`: kills this very process with SIGKILL right before or right behind the commit of event 12.
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

/** `gc:7`: kills this very process behind the seventh change on the disk that a collection makes. */
export function crashInCollection(point: string | undefined): () => void {
  const at = Number(point?.match(/^gc:(\d+)$/)?.[1] ?? 0)
  let count = 0
  return () => {
    if (++count === at) process.kill(process.pid, 'SIGKILL')
  }
}

/**
 * `amnesia`: a planted bug, which the crash tests must notice. The holder looks for no status line, process or claim of
 * an attempt that an earlier one started, and takes it for lost.
 */
export function withAmnesia<Adapter extends AgentAdapter>(adapter: Adapter, point: string | undefined): Adapter {
  return point === 'amnesia' ? { ...adapter, attach: () => Promise.resolve('lost') } : adapter
}
