import { join } from 'node:path'
import type { RunId } from '../base/ids.ts'
import type { AttemptKey } from '../ports/agent.ts'

// Where things of a run are. The `/` of sub-plans becomes `.`, which no id holds.

export const refsOf = (runId: RunId): string => `refs/orchd/${runId}/`
/** What a step came to: the change of the attempt that succeeded. */
export const stepRef = ({ runId, step }: Pick<AttemptKey, 'runId' | 'step'>): string =>
  `${refsOf(runId)}${step.replaceAll('/', '.')}`
/** What an attempt left, whatever its outcome. */
export const attemptRef = (key: AttemptKey): string => `${stepRef(key)}@${key.attempt}`

/** How the conflict of two commits was resolved. */
export const mergeRef = (runId: RunId, one: string, other: string): string =>
  `${refsOf(runId)}@merge-${one.slice(0, 16)}-${other.slice(0, 16)}`

/** A step's attempts work in one place after the other, so that an agent finds its session again. */
export type WorkspacePaths = {
  /** Absolute path of the folder around it. */
  readonly folder: string
  /** The checkout, with a repository of its own: the agent's. */
  readonly tree: string
  /** Our index of it, as it was checked out. */
  readonly index: string
  /** The conflict that is to be resolved in it, as JSON. */
  readonly conflict: string
  /** Holds the number of the attempt that it was made for; written when it is complete. */
  readonly ready: string
  /** Is there when a person was given it, and changed then. */
  readonly opened: string
}

export function workspacePaths(
  stateFolder: string,
  { runId, step }: Pick<AttemptKey, 'runId' | 'step'>,
): WorkspacePaths {
  const folder = join(stateFolder, 'workspaces', runId, step.replaceAll('/', '.'))
  const at = (name: string): string => join(folder, name)
  return {
    folder,
    conflict: at('conflict'),
    tree: at('tree'),
    index: at('index'),
    ready: at('ready'),
    opened: at('opened'),
  }
}
