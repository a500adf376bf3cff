import { randomInt } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'

/** `setTimeout` takes 31 bits of milliseconds; a longer wait is taken in pieces. */
const longestMs = 2 ** 31 - 1

/** The machine's time and chance. `now` never goes back, whatever is done to the clock of the machine. */
export function createClock(): Clock {
  let last = 0
  const now = (): number => (last = Math.max(last, Date.now()))
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
