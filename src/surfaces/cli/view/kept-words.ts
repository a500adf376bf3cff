import type { Instant } from '../../../base/ids.ts'
import { untilWords } from '../../../run/dispatch.ts'
import type { Parked } from '../../../run/event.ts'
import { safeLine } from './safe-text.ts'

/** What keeps a credential from being used: `codex is parked until 17:40 UTC, for 2h`. */
export function keptWords({ credential, until }: Parked, now: Instant): string {
  const name = safeLine(credential, 64)
  if (until !== null) return `${name} is parked ${untilWords(until, now)}`
  return `${name} was refused, and is not used: log in again or give another key, then: orchd agents --release ${name}`
}
