import { formatDuration } from '../../../base/duration.ts'
import type { AgentCredential, AgentHealth, AgentReport } from '../../../ports/agents.ts'
import { untilWords } from '../../../run/dispatch.ts'
import type { Palette } from './palette.ts'

export const paintOf = (state: AgentReport['state'], { good, bad, asks }: Palette): ((text: string) => string) =>
  state === 'active' ? good : state === 'unavailable' ? bad : asks

/** `used/cap`, or only what is used. */
export const slotWords = ({ slots, credential }: AgentReport): string => {
  const cap = Math.min(
    slots.max_parallel ?? Number.POSITIVE_INFINITY,
    credential.max_parallel ?? Number.POSITIVE_INFINITY,
  )
  return Number.isFinite(cap) ? `${slots.used}/${cap}` : String(slots.used)
}

/** Of a cell: `free`, `till 17:40` (UTC), `stopped`. */
export const quotaWord = ({ state, until }: AgentCredential): string =>
  state === 'parked' ? `till ${until?.slice(11, 16) ?? '?'}` : state

export const healthWord = ({ status }: AgentHealth): string => (status === 'none' ? '-' : status)

/** `down since 19:02 UTC, for 12m05s: its health check answered 503; asked again at 19:14 UTC`. */
export function healthWords({ status, why, since, next_at: next }: AgentHealth, now: number): string {
  if (since === null) return 'not asked yet: no run has needed it'
  const again = next === null ? 'asked when a run needs it' : `asked again at ${clockOf(next)}`
  const because = why === null ? '' : `: ${why}`
  return `${status} since ${dayOf(since, now)}${clockOf(since)}, for ${formatDuration(now - Date.parse(since))}${because}; ${again}`
}

/** Why a credential cannot be used; `null`: it can. */
export function quotaWords({ name, state, cause, until }: AgentCredential, now: number): string | null {
  if (state === 'free') return null
  if (state === 'parked' && until !== null)
    return `its credential ${name} is parked ${untilWords(Date.parse(until), now)} (${cause})`
  return `its credential ${name} is stopped, because it was refused (${cause})`
}

/** What to do about a credential that cannot be used. */
export const quotaHelp = ({ name, state }: AgentCredential): string =>
  state === 'parked'
    ? `orchd agents --release ${name} uses it before that`
    : `mend its key or login, then: orchd agents --release ${name}`

const clockOf = (time: string): string => `${time.slice(11, 16)} UTC`
const dayOf = (time: string, now: number): string =>
  new Date(now).toISOString().startsWith(time.slice(0, 10)) ? '' : `${time.slice(0, 10)} `
