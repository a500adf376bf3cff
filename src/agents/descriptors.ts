import { setTimeout as delay } from 'node:timers/promises'

const codes: readonly unknown[] = ['EMFILE', 'ENFILE']

/** Whether this process, or the machine, has no file descriptor to spare. That passes, and says nothing about the file. */
export const lacksDescriptor = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && codes.includes(error.code)

const firstWaitMs = 50
const longestWaitMs = 1000

/** Does `work`, again and again while there is no descriptor for it. `null`: `signal` aborted meanwhile. */
export async function onceThereAreDescriptors<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await work()
    } catch (error) {
      if (!lacksDescriptor(error)) throw error
    }
    await delay(waitMs, undefined, { signal }).catch(() => {}) // the loop looks at the signal
  }
  return null
}
