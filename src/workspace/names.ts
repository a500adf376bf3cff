import { join } from 'node:path'
import type { RunId } from '../base/ids.ts'
import type { Step } from '../plan/plan.ts'
import type { AttemptKey } from '../ports/agent.ts'
import { isShared } from '../run/shared.ts'

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
  /** Holds which attempt it was made for; written when it is complete. */
  readonly ready: string
  /** Holds which setup was done in it. */
  readonly setUp: string
  /** Is there when a person was given it, and changed then. */
  readonly opened: string
}

export const workspacePaths = (
  stateFolder: string,
  { runId, step }: Pick<AttemptKey, 'runId' | 'step'>,
): WorkspacePaths => pathsIn(stateFolder, runId, step.replaceAll('/', '.'))

/** No step's name. */
export const sharedName = '@shared'
/** The one workspace of a run's steps that share. */
export const sharedPaths = (stateFolder: string, runId: RunId): WorkspacePaths =>
  pathsIn(stateFolder, runId, sharedName)

/** Where an attempt works. */
export const pathsOf = (
  stateFolder: string,
  attempt: Pick<AttemptKey, 'runId' | 'step'> & { readonly spec: Pick<Step, 'isolation' | 'body'> },
): WorkspacePaths =>
  isShared(attempt.spec) ? sharedPaths(stateFolder, attempt.runId) : workspacePaths(stateFolder, attempt)

function pathsIn(stateFolder: string, runId: RunId, name: string): WorkspacePaths {
  const folder = join(stateFolder, 'workspaces', runId, name)
  const at = (file: string): string => join(folder, file)
  return {
    folder,
    conflict: at('conflict'),
    tree: at('tree'),
    index: at('index'),
    ready: at('ready'),
    setUp: at('set-up'),
    opened: at('opened'),
  }
}
