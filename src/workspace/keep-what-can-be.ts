import type { Part } from './extras.ts'
import { GitError } from './git.ts'

/** Tried twice: an agent's work is paid for by then, and most troubles with git or a disk pass. What took too long will again. */
export const onceMore = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => {
    if (isTimeout(error)) throw error
    return work()
  })

const isTimeout = (error: unknown): boolean => error instanceof GitError && error.timedOut

/**
 * Keeps what is in a workspace, or else what can be kept of it: git refuses some names, and some things cannot be read.
 *
 * @throws GitError when that took too long, or when nothing can be kept
 * @returns why not all of it was kept; `null`: it was
 */
export async function keepWhatCanBe(keep: (part: Part) => Promise<void>): Promise<string | null> {
  try {
    await onceMore(() => keep('whole'))
    return null
  } catch (error) {
    if (isTimeout(error)) throw error
    await keep('possible')
    return error instanceof Error ? error.message : String(error)
  }
}
