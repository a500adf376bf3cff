import type { Cause } from '../../base/cause.ts'
import { causeOf } from '../cli/cause.ts'
import type { Finished } from '../events.ts'

export const failed = (cause: Cause | null, text: string): Finished => ({
  type: 'finished',
  outcome: 'failure',
  cause,
  text,
  answer: null,
})

/** Its process ended, or never began, before its work was done. */
export function crashOf(ended: string): Finished {
  const cause = causeOf(null, ended)
  return failed(cause === 'agent_error' ? 'crashed' : cause, `it ${ended}`)
}

/** @param lacked what it had to give by then, such as `had no session` */
export const tooSlow = (lacked: string, ms: number): Finished =>
  failed('stalled', `it ${lacked} after ${ms / 1000} seconds`)
