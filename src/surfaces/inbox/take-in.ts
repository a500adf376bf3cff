import { lstat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCatalogue, OrchdError } from '../../base/errors.ts'
import type { Instant } from '../../base/ids.ts'
import type { Archive } from './archive.ts'
import { readClaim, type Claim } from './claim.ts'
import { refused, rejection, type Rejection } from './rejection.ts'

/**
 * Hands a plan's text to the engine. The same bytes and name are one run while it is unfinished or for 10 minutes, so
 * asking twice is harmless. May throw an `OrchdError`: with a status below 500 it rejects the file, otherwise it is tried again.
 */
export type Submit = (bytes: Uint8Array, fileName: string) => Promise<Submitted>
export type Submitted =
  | { readonly accepted: true; readonly runId: string; readonly created: boolean }
  | { readonly accepted: false; readonly error: Rejection }

export type InboxEvent =
  /** Hints are on: what is dropped from now on is found at once. */
  | { readonly type: 'watching'; readonly folder: string }
  | { readonly type: 'accepted'; readonly file: string; readonly runId: string; readonly created: boolean }
  | { readonly type: 'rejected'; readonly file: string; readonly error: Rejection }
  /** Something outside of the files is wrong; the inbox tries again by itself. */
  | { readonly type: 'trouble'; readonly message: string; readonly error: unknown }
  /** The trouble of that message is over. */
  | { readonly type: 'recovered'; readonly message: string }

/** What one file needs on its way from `claimed/` to `accepted/` or `rejected/`. */
export type Desk = {
  readonly submit: Submit
  readonly accepted: Archive
  readonly rejected: Archive
  readonly report: (event: InboxEvent) => void
  readonly now: () => Instant
  readonly settleMs: number
}

const firstPauseMs = 500
const longestPauseMs = 15_000

/**
 * Takes one claimed file in, and tries again for as long as the disk or the engine do not let it. After an abort the
 * file stays in `claimed/`, for the next start.
 */
export async function takeIn(claim: Claim, desk: Desk, signal: AbortSignal): Promise<void> {
  let answer: Submitted | null = null
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      answer ??= await decide(claim, desk, signal)
      return await putAway(claim, answer, desk)
    } catch (error) {
      if (signal.aborted || (await isGone(claim.path))) return
      desk.report({ type: 'trouble', message: `cannot take in "${claim.name}": ${reason(error)}`, error })
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {}) // the loop's condition sees the abort
  }
}

async function decide(claim: Claim, { settleMs, submit }: Desk, signal: AbortSignal): Promise<Submitted> {
  const content = await readClaim(claim, settleMs, signal)
  if (!content.ok) return { accepted: false, error: refused(claim.name, content.error) }
  try {
    return await submit(content.value, claim.name)
  } catch (error) {
    if (!isAboutTheFile(error)) throw error
    const { code, message, help } = error instanceof OrchdError ? error : new OrchdError('INTERNAL', reason(error))
    return { accepted: false, error: rejection(claim.name, code, message, help) }
  }
}

async function putAway({ name, path }: Claim, answer: Submitted, desk: Desk): Promise<void> {
  if (!answer.accepted) {
    const file = await desk.rejected.put(path, name, null, answer.error)
    return desk.report({ type: 'rejected', file, error: answer.error })
  }
  const { runId, created } = answer
  const known = { run_id: runId, created, at: new Date(desk.now()).toISOString() }
  const note = created
    ? known
    : { ...known, note: 'the same plan was dropped before, and this is its run; no new one was started' }
  const file = await desk.accepted.put(path, name, runId, note)
  desk.report({ type: 'accepted', file, runId, created })
}

/**
 * Whether an error of `submit` would come again with the same file. The disk, the network and an engine that stops or
 * is broken are not the file's fault; a bug is treated as if it were, so that one file cannot hold up the others.
 */
function isAboutTheFile(error: unknown): boolean {
  if (error instanceof OrchdError) return error.code === 'INTERNAL' || errorCatalogue[error.code].status < 500
  return !(error instanceof Error && 'errno' in error)
}

const isGone = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    () => true,
  )

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
