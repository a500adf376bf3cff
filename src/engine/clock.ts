import { randomInt } from 'node:crypto'
import { uptime } from 'node:os'
import type { Instant } from '../base/ids.ts'
import type { Clock } from '../ports/clock.ts'

/** `setTimeout` takes 31 bits of milliseconds; a longer wait is taken in pieces. */
const longestMs = 2 ** 31 - 1

/** From here on the machine's clock was set, or the machine slept: smaller differences are its precision. */
const noticedMs = 500

/**
 * The machine's time and chance. Time is read from the machine's clock once and then goes on at its own pace, so that
 * no limit is early or late, and nothing takes less than no time, when somebody sets that clock. What the machine
 * slept counts, as a person would count it.
 *
 * @param notBefore what an earlier holder wrote last about what goes on: the clock may have been set back since
 */
export function createClock(notBefore: Instant = 0): Clock {
  const now = createTime(notBefore)
  return {
    now,
    at(at, callback) {
      let handle: NodeJS.Timeout
      const arm = (): void => {
        const left = at - now()
        handle = setTimeout(left > longestMs ? arm : callback, Math.min(Math.max(left, 0), longestMs))
      }
      arm()
      return { cancel: () => clearTimeout(handle) }
    },
    soon: (callback) => void setImmediate(callback),
    random: (below) => randomInt(below),
  }
}

function createTime(notBefore: Instant): () => Instant {
  const startedAt = performance.now()
  const bootedAt = uptime() * 1000
  let base = Math.max(Date.now(), notBefore)
  let slept = 0
  /** How far the machine's clock is from ours, as it was looked into last. */
  let known = Date.now() - base
  return () => {
    const elapsed = performance.now() - startedAt // stands still while the machine sleeps, as timers do
    const apart = Date.now() - (base + elapsed)
    if (Math.abs(apart - known) > noticedMs) {
      known = apart
      const asleep = uptime() * 1000 - bootedAt - elapsed // the uptime goes on while the machine sleeps
      if (asleep - slept > noticedMs) {
        base += asleep - slept
        known -= asleep - slept
        slept = asleep
      }
    }
    return Math.floor(base + elapsed)
  }
}
