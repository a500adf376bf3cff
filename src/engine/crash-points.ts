import type { DatabaseSync } from 'node:sqlite'
import type { AgentAdapter } from '../ports/agent.ts'
import type { Journal } from '../ports/journal.ts'

// For crash tests only, as `ORCHD_TEST_CRASH` says; without that variable everything is used as it is.

const moments = ['before', 'written', 'committed', 'after', 'acted'] as const
type Moment = (typeof moments)[number]

/**
 * `written:12`: kills this very process with SIGKILL at a moment of the commit that has event 12: `before` anything is
 * written; when all is `written` but not committed; right behind the `commit`; `after` all of the append, before
 * anything follows from it; and when the engine has `acted` on it (started, stopped, answered).
 */
export function withCrashPoint(journal: Journal, database: DatabaseSync, point: string | undefined): Journal {
  const [, word, seq] = point?.match(/^(\w+):(\d+)$/) ?? []
  const at = moments.find((moment) => moment === word)
  if (at === undefined) return journal
  let within = false
  const reach = (moment: Moment): void => {
    if (within && moment === at) process.kill(process.pid, 'SIGKILL')
  }
  const exec = database.exec.bind(database)
  database.exec = (sql) => {
    if (sql === 'commit') reach('written')
    exec(sql)
    if (sql === 'commit') reach('committed')
  }
  return {
    ...journal,
    append(events) {
      within = events.some((entry) => entry.seq === Number(seq))
      reach('before')
      journal.append(events)
      reach('after')
      // The flush that asked for this commit acts on it in the same turn of the event loop.
      if (within && at === 'acted') setImmediate(() => process.kill(process.pid, 'SIGKILL'))
    },
  }
}

/** `gc:7`: kills this very process behind the seventh change on the disk that a collection makes; `report:7`: that reports make. */
export function crashBehind(what: 'gc' | 'report', point: string | undefined): () => void {
  const [, word, number] = point?.match(/^(gc|report):(\d+)$/) ?? []
  const at = word === what ? Number(number) : 0
  let count = 0
  return () => {
    if (++count === at) process.kill(process.pid, 'SIGKILL')
  }
}

/**
 * `git:7`: kills this very process at the seventh moment at which a git has begun or ended; the git goes on. `gits:7`: the
 * git is killed, too, as when the machine stops.
 */
export function crashInGit(point: string | undefined): (end: (() => void) | null) => void {
  const [, word, at] = point?.match(/^(gits?):(\d+)$/) ?? []
  let count = 0
  return (end) => {
    if (++count !== Number(at)) return
    if (word === 'gits') end?.()
    process.kill(process.pid, 'SIGKILL')
  }
}

/**
 * `amnesia`: a planted bug, which the crash tests must notice. The holder looks for no status line, process or claim of
 * an attempt that an earlier one started, and takes it for lost.
 */
export function withAmnesia<Adapter extends AgentAdapter>(adapter: Adapter, point: string | undefined): Adapter {
  return point === 'amnesia' ? { ...adapter, attach: () => Promise.resolve('lost') } : adapter
}
