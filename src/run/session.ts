import type { Step } from '../plan/plan.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { PastAttempts, PastSession } from './past-attempts.ts'
import type { StepRunning } from './state.ts'
import { addCost, addUsage } from './usage.ts'

type Running = Pick<StepRunning, 'agent' | 'past'>

/** The session in which an attempt that runs goes on: that of the attempt before, if it is the same agent's. */
export const sessionOf = ({ agent, past }: Running): PastSession | null =>
  past.session?.agent === agent ? past.session : null

/** In which session the next attempt may go on. What the attempt told of it is a part, however it ended. */
export function sessionAfter(state: Running, result: AttemptResult): PastSession | null {
  const { session: id, resumed, usage, costUsd } = result
  const before = sessionOf(state)
  if (id === undefined) return before
  if (id === null) return null
  const isSame = before !== null && (before.id === id || resumed === 'yes')
  return {
    id,
    agent: state.agent,
    usage: addUsage(isSame ? before.usage : null, usage),
    costUsd: addCost(isSame ? before.costUsd : null, costUsd),
  }
}

/** What an agent is told that goes on with the work of the attempt before. It knows the prompt, but may have lost sight of it. */
export function promptToGoOn(prompt: string, { lastCause, lastMessage }: PastAttempts, { isolation }: Step): string {
  const why = [lastCause, lastMessage].filter((part) => part !== null).join(': ')
  const place =
    isolation !== 'none' ? ' You are in a fresh copy of the files: what you changed before is not in it.' : ''
  return `Your work on this ended before it was done${why === '' ? '' : ` (${why})`}. Go on with it, and finish it.${place} It was:\n\n${prompt}`
}
