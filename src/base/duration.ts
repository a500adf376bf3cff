const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

/** What a plan may write for a span of time: `90s`, `1h30m` (units in descending order), or a number of seconds. */
export const durationPattern = '^(?=\\d)(\\d{1,6}d)?(\\d{1,6}h)?(\\d{1,6}m)?(\\d{1,9}s)?(\\d{1,9}ms)?$'

const durationRegExp = new RegExp(durationPattern)
/** Of the groups of the pattern. */
const unitOrder = ['d', 'h', 'm', 's', 'ms'] as const

/** Milliseconds of a duration that has passed the schema; `null` when the text is not one. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) : null
  const match = durationRegExp.exec(value)
  if (match === null) return null
  // `parseInt` stops at the unit.
  return unitOrder.reduce((total, unit, at) => total + parseInt(match[at + 1] ?? '0', 10) * unitsMs[unit], 0)
}

/** For people: `350ms`, `4.2s`, `3m05s`, `2h10m`, `3d04h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`
  const pair = (big: number, small: number, names: string): string =>
    `${Math.floor(ms / big)}${names[0]}${String(Math.floor((ms % big) / small)).padStart(2, '0')}${names[1]}`
  if (ms < unitsMs.h) return pair(unitsMs.m, unitsMs.s, 'ms')
  if (ms < unitsMs.d) return pair(unitsMs.h, unitsMs.m, 'hm')
  return pair(unitsMs.d, unitsMs.h, 'dh')
}
