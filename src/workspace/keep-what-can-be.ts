import type { Part } from './extras.ts'

/** Tried twice: an agent's work is paid for by then, and most troubles with git or a disk pass. */
export const onceMore = <T>(work: () => Promise<T>): Promise<T> => work().catch(() => work())

/**
 * Keeps what is in a workspace, or else what can be kept of it: git refuses some names, and some things cannot be read.
 *
 * @returns why not all of it was kept; `null`: it was
 */
export async function keepWhatCanBe(keep: (part: Part) => Promise<void>): Promise<string | null> {
  try {
    await onceMore(() => keep('whole'))
    return null
  } catch (error) {
    await keep('possible')
    return error instanceof Error ? error.message : String(error)
  }
}
