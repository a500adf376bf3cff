import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type RunId, runId, type StepId } from '../base/ids.ts'
import type { Observer } from '../ports/observer.ts'
import type { PastSession } from '../run/past-attempts.ts'
import type { RunState } from '../run/state.ts'
import { homeFolder, homesFolder, keptHomeFolder } from './attempts.ts'

/**
 * Takes the homes of agents away when no attempt will go on in them. Of a step that is over its session is kept beside its
 * logs, for a person to go on in; all else, no log has to show.
 */
export type Homes = {
  /** Takes the home of each step away that is over, or was taken back to its beginning. */
  readonly observer: Observer
  /** Takes those that an earlier holder did not come to take. `runs`: all that are not over; `find`: any other. */
  readonly sweep: (runs: readonly RunState[], find: (id: RunId) => RunState | undefined) => void
  /** Resolves when all that was to be kept is. */
  readonly close: () => Promise<void>
}

/** A session whose step is over. */
export type Ended = {
  readonly run: RunState
  readonly session: PastSession
  /** Absolute path of the home; it is removed afterwards. */
  readonly home: string
  /** Where what is kept of it goes. */
  readonly to: string
}

/** What stands behind the name of a home that waits for being kept; no step's name has it. */
const overMark = '@over-'

export function createHomes(stateFolder: string, keep: (ended: Ended) => Promise<void>): Homes {
  const busy = new Set<Promise<void>>()

  const keepThenRemove = async (run: RunState, index: number, home: string): Promise<void> => {
    const state = run.states.get(index)
    const { id } = run.steps.get(index)
    const to = keptHomeFolder(stateFolder, { runId: run.id, step: id })
    if (state.status === 'finished') {
      const { session } = state.past
      if (session === null) await rm(to, { recursive: true, force: true })
      else await keep({ run, session, home, to })
    }
  }
  const take = (run: RunState, index: number, name: string): void => {
    const home = movedAway(join(homesFolder(stateFolder), name))
    if (home === null) return
    // A disk that fails, or is full: then there is no session to go on in.
    const work = keepThenRemove(run, index, home)
      .catch(() => {})
      .then(() => removeFolder(home))
    busy.add(work)
    void work.finally(() => busy.delete(work))
  }

  return {
    observer: (batch) => {
      for (const { before, after } of batch) {
        for (const index of after.changed) {
          const { id, spec } = after.steps.get(index)
          const hadOne = before !== null && index < before.states.length && mayHaveHome(before, index)
          if (hadOne && spec.body.kind !== 'run' && !mayHaveHome(after, index)) take(after, index, nameOf(after.id, id))
        }
      }
    },
    sweep: (runs, find) => {
      const kept = new Set(
        runs.flatMap((run) =>
          Array.from(run.steps, ({ id }, index) => (mayHaveHome(run, index) ? [nameOf(run.id, id)] : [])).flat(),
        ),
      )
      for (const name of namesIn(homesFolder(stateFolder))) {
        if (kept.has(name)) continue
        const [own = ''] = name.split(overMark)
        const run = find(runId(own.slice(0, own.indexOf('.'))))
        const index = run === undefined ? -1 : Array.from(run.steps).findIndex(({ id }) => nameOf(run.id, id) === own)
        if (run === undefined || index < 0) removeFolder(join(homesFolder(stateFolder), name))
        else take(run, index, name)
      }
    },
    async close() {
      await Promise.all(busy)
    },
  }
}

const nameOf = (id: RunId, step: StepId): string => basename(homeFolder('', { runId: id, step }))

/** Whether an attempt works in the home of a step, or may yet go on in it. */
function mayHaveHome(run: RunState, index: number): boolean {
  const state = run.states.get(index)
  if (state.status === 'running') return true
  return state.past.session !== null && state.status !== 'finished'
}

/** Where a home waits, so that the step's next attempt finds its place free; `null`: there is none. */
function movedAway(home: string): string | null {
  // Most agents leave none: a look costs a fraction of a rename that fails, which makes an error.
  if (!existsSync(home)) return null
  const [own = home] = home.split(overMark)
  const moved = `${own}${overMark}${randomBytes(6).toString('hex')}`
  try {
    renameSync(home, moved)
    return moved
  } catch {
    return null // a disk that fails
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // A disk that fails: nobody but its owner can enter the folder.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // no agent has had one yet
  }
}
