import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RunId, StepId } from '../base/ids.ts'
import type { Observer } from '../ports/observer.ts'
import type { RunState } from '../run/state.ts'
import { homeFolder, homesFolder } from './attempts.ts'

/** Takes the homes of agents away when no attempt will go on in them: what is in them, no log has to show. */
export type Homes = {
  /** Removes the home of each step that is over, or was taken back to its beginning. */
  readonly observer: Observer
  /** Removes those that an earlier holder did not come to remove. `runs`: all that are not over. */
  readonly sweep: (runs: readonly RunState[]) => void
}

export function createHomes(stateFolder: string): Homes {
  const remove = (runId: RunId, step: StepId): void => removeFolder(homeFolder(stateFolder, { runId, step }))
  return {
    observer: (batch) => {
      for (const { before, after } of batch) {
        for (const index of after.changed) {
          const { id, spec } = after.steps.get(index)
          const hadOne = before !== null && index < before.states.length && mayHaveHome(before, index)
          if (hadOne && spec.body.kind !== 'run' && !mayHaveHome(after, index)) remove(after.id, id)
        }
      }
    },
    sweep: (runs) => {
      const kept = new Set(
        runs.flatMap((run) =>
          Array.from(run.steps, ({ id }, index) =>
            mayHaveHome(run, index) ? [homeFolder('', { runId: run.id, step: id })] : [],
          ).flat(),
        ),
      )
      for (const name of namesIn(homesFolder(stateFolder)))
        if (!kept.has(join(homesFolder(''), name))) removeFolder(join(homesFolder(stateFolder), name))
    },
  }
}

/** Whether an attempt works in the home of a step, or may yet go on in it. */
function mayHaveHome(run: RunState, index: number): boolean {
  const state = run.states.get(index)
  if (state.status === 'running') return true
  return state.past.session !== null && state.status !== 'finished'
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
