import type { Cause, Outcome } from '../../base/cause.ts'
import type { Usage } from '../../run/attempt-result.ts'
import type { Ended } from '../process/ended.ts'
import { causeOf } from './cause.ts'
import type { Seen } from './seen.ts'

export type Verdict =
  /** Its processes were ended for a reason of ours, or never began: the reason says it all. */
  | { readonly by: 'process' }
  | {
      readonly by: 'agent'
      readonly outcome: Exclude<Outcome, 'skip'>
      readonly cause: Cause | null
      readonly message: string | null
    }

/** How an attempt ended, by what the agent told and how its process ended: neither alone can be trusted. Pure. */
export function judge(seen: Seen, ended: Ended, { allowDenied }: { readonly allowDenied: boolean }): Verdict {
  const { finished } = seen
  if (!isOver(seen, ended) && ended.reason === 'stalled' && seen.lastRetry !== null) {
    const message = `it did nothing but try to reach its service: ${seen.lastRetry}`
    return { by: 'agent', outcome: 'timeout', cause: 'stalled', message }
  }
  if (!isOver(seen, ended)) return { by: 'process' }
  if (finished === null) return withoutEnd(seen, ended)
  if (finished.outcome === 'interrupted') return failed('crashed', 'it was interrupted by somebody else')
  if (finished.outcome === 'failure')
    return failed(finished.cause ?? 'agent_error', finished.text ?? seen.lastText ?? 'it gives no reason')
  if (seen.denied.length > 0 && !allowDenied)
    return failed('permission_denied', `it was not allowed to use ${seen.denied.join(', ')}${reasonOf(seen)}`)
  if (!seen.acted && finished.text === null && finished.answer === null)
    return failed('agent_error', `it ended without doing or saying anything${because(seen)}`)
  if (ended.reason === 'exited' && ended.exitCode !== 0)
    return failed('agent_error', `it told of a success, but ended with ${exitOf(ended)}${because(seen)}`)
  return { by: 'agent', outcome: 'success', cause: null, message: null }
}

/** An agent that has told its end is done, whoever ended it when it stayed; people who cancel it have the last word. */
function isOver({ finished }: Seen, { reason }: Ended): boolean {
  if (reason === 'exited' || reason === 'settled') return true
  return finished !== null && ['timeout', 'stalled', 'orphaned', 'lost'].includes(reason)
}

function withoutEnd(seen: Seen, ended: Ended): Verdict {
  if (ended.signal !== null) return { by: 'process' }
  const said = seen.lastNoise ?? seen.lastRetry ?? ''
  const cause = causeOf(null, said)
  const told = ended.exitCode === 0 ? 'it ended before its work was done' : `it ended with ${exitOf(ended)}`
  return failed(cause === 'agent_error' && ended.exitCode === 0 ? 'crashed' : cause, `${told}${because(seen)}`)
}

const failed = (cause: Cause, message: string): Verdict => ({ by: 'agent', outcome: 'failure', cause, message })

const exitOf = ({ exitCode, signal }: Ended): string => (signal === null ? `exit code ${exitCode}` : `signal ${signal}`)

const reasonOf = ({ deniedWhy }: Seen): string => (deniedWhy === null ? '' : `: ${deniedWhy}`)

function because({ lastNoise, lastRetry }: Seen): string {
  const said = lastNoise ?? lastRetry
  return said === null ? '' : `: ${said}`
}

/** Tokens as results count them: the whole input, cached or not. */
export const usageOf = ({ usage }: Seen): Usage | null =>
  usage === null
    ? null
    : {
        inputTokens: usage.inputUncached + usage.cacheRead + usage.cacheWrite,
        outputTokens: usage.output,
        cacheReadTokens: usage.cacheRead,
        cacheWriteTokens: usage.cacheWrite,
        reasoningTokens: usage.reasoning,
      }
