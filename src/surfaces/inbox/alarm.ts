import { setTimeout as sleep } from 'node:timers/promises'

/** Lets a loop sleep until there is something to do. A ring while nobody waits is kept for the next wait. */
export type Alarm = {
  ring(): void
  /** Resolves after a ring, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createAlarm(): Alarm {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    async wait(ms, signal) {
      const woken = new AbortController()
      const timer = sleep(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {})
      await Promise.race([rung.promise, timer])
      woken.abort()
      rung = Promise.withResolvers()
    },
  }
}
