import type { Instant } from '../base/ids.ts'

/** Time and chance, as inputs: the real ones in `main.ts`, seeded ones in the simulation. */
export type Clock = {
  /** Wall time; never goes back within one process. */
  now(): Instant
  /** Runs `callback` once at `at` or at once if that has passed; never before this call returns. */
  at(at: Instant, callback: () => void): Timer
  /** Runs `callback` soon, after what is under way now: where all events that wait are gathered into one commit. */
  soon(callback: () => void): void
  /** A whole number from 0 to `below - 1`. */
  random(below: number): number
}

export type Timer = { cancel(): void }
