import type { Instant, RunId } from '../base/ids.ts'

/**
 * Something on the disk that can be made again: the cache of a setup, a workspace that was made again for a person, or the
 * clone of a repository.
 */
export type Spare = {
  readonly what: 'setup_cache' | 'opened_workspace' | 'clone'
  /** Absolute path. */
  readonly path: string
  /** The command of the setup, the step, or the URL; `null`: not known. */
  readonly of: string | null
  /** The run that it belongs to; `null`: any may use it. */
  readonly run: RunId | null
  readonly usedAt: Instant
  /** Why nobody can use it any more, however lately it was used; `null`: somebody may. */
  readonly useless: 'repository_gone' | 'key_files_gone' | 'run_gone' | null
  /** Whether somebody uses it at this moment. */
  inUse(): boolean
  /** Keeps what is nowhere else, before it is removed. */
  release(): Promise<void>
}
