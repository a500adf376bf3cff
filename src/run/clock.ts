import type { Instant } from '../base/ids.ts'
import type { Level, LevelClock } from './level.ts'

/** What `finally` gets of its own, whatever became of the steps. */
const finallyMs = 10 * 60_000

/** Milliseconds that a level's phase may take by its clock, or `null`. */
const limitMs = ({ phase, maxDurationMs }: Level): number | null =>
  phase === 'finally' ? finallyMs : phase === 'steps' ? maxDurationMs : null

/**
 * A level's clock from `at` on: it runs from the first attempt on, but stands while only people can move the level, and
 * while the whole run waits for agents or their quota (`stands`).
 */
export function clockAfter(level: Level, at: Instant, stands: boolean): LevelClock {
  const { clock, moving, people } = level
  const runs = limitMs(level) !== null && clock.begun && !stands && !(people > 0 && moving === 0)
  if (runs === (clock.since !== null)) return clock
  return runs
    ? { ...clock, since: at }
    : { ...clock, activeMs: clock.activeMs + (at - (clock.since ?? at)), since: null }
}

/** When a level's time is over if nothing stops its clock; `null` while there is no limit, or the clock stands. */
export function deadlineOf(level: Level, clock: LevelClock): Instant | null {
  if (level.phase === 'finished' || level.cut !== null) return null
  const limit = limitMs(level)
  const byClock = limit === null || clock.since === null ? null : clock.since + limit - clock.activeMs
  const byTimeout = level.phase === 'steps' && level.timeoutMs !== null ? level.openedAt + level.timeoutMs : null
  return byClock === null ? byTimeout : byTimeout === null ? byClock : Math.min(byClock, byTimeout)
}
