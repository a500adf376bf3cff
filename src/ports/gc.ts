import type { Spare } from './spares.ts'

/** How long the same idempotency key is the same run, once that run is finished: for so long it is not collected. */
export const idempotentMs = 10 * 60_000

/** Begins a key with which only one call is ever repeated, and that at once: what is collected need not wait for it. */
export const onceMark = 'once:'

/** What old runs left and how much of it to remove: `orchd gc` and `POST /api/v1/gc`. */
export type GcWish = {
  /** Runs that finished, and folders that changed, this long ago or earlier. */
  readonly older_than_ms: number
  /** So many finished runs stay in any case, the newest ones. */
  readonly keep: number
  /** Remove what runs left in files, and keep the runs themselves. */
  readonly logs_only: boolean
  /** Tell what would be removed, and remove nothing. */
  readonly dry_run: boolean
  /** Stop after about this long, and leave the rest to the next call; `null`: go on to the end. */
  readonly longest_ms: number | null
}

/** What is told of a collection, in this order: runs, folders that belong to no run, what can be made again, and the sum of it all. */
export type GcLine = GcRun | GcFolder | GcSpare | GcSummary

/** Something that can be made again: see `Spare`. */
export type GcSpare = {
  readonly type: 'spare'
  readonly what: Spare['what']
  /** In the state folder. */
  readonly path: string
  /** The command of the setup, the step, or the URL; `null`: not known. */
  readonly of: string | null
  readonly run_id: string | null
  readonly used_at: string
  readonly files: number
  readonly bytes: number
  /** `goes`: nobody has used it for long, or nobody can; `young`: it was used lately; `in_use`: at this moment. */
  readonly fate: 'goes' | 'young' | 'in_use'
  /** Why nobody can use it, however lately it was used. */
  readonly useless: Spare['useless']
}

/** A run that was removed, or would be. */
export type GcRun = {
  readonly type: 'run'
  readonly run_id: string
  readonly plan: string
  readonly outcome: string | null
  readonly finished_at: string
  readonly files: number
  /** On the disk, of its files. */
  readonly bytes: number
  /** In the journal; 0 when they stay. */
  readonly events: number
  readonly event_bytes: number
}

/** Something beside the runs' folders that belongs to no run. */
export type GcFolder = {
  readonly type: 'folder'
  readonly path: string
  readonly changed_at: string
  readonly files: number
  readonly bytes: number
  /**
   * `goes`: it is old, and has the name of a run. `young`: it changed lately. `foreign`: no run was ever called so, so
   * it is none of ours to remove, however old it is.
   */
  readonly fate: 'goes' | 'young' | 'foreign'
}

export type GcSummary = {
  readonly type: 'summary'
  readonly dry_run: boolean
  /** False when `longest_ms` was over before everything was done. */
  readonly complete: boolean
  /** Finished runs that stay, and why. */
  readonly kept: {
    /** They are among the newest. */
    readonly newest: number
    /** They did not finish that long ago. */
    readonly young: number
    /** Their spans are still to be sent. */
    readonly unsent: number
  }
  readonly unfinished: number
  /** What an earlier collection, which was interrupted, had left. */
  readonly leftover_events: number
  /** By how much the database became smaller. */
  readonly database_bytes: number
  /** What could not be removed from the disk: it is in the folder `orchd.trash`, for the next collection. */
  readonly stuck: readonly string[]
}
