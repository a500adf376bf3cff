import type { Verify } from '../../plan/plan.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { spentIn } from '../../run/usage.ts'
import { plainResult } from '../result.ts'
import { isCheck } from './record.ts'

export type Next =
  | { readonly do: 'agent' | 'check' }
  /** The attempt is over. */
  | { readonly do: 'end'; readonly ending: Ending }

/** What comes behind phases that have all ended. Pure. */
export function nextOf(results: readonly AttemptResult[], { run, maxRounds }: Verify): Next {
  const last = results.at(-1)
  if (last === undefined) return { do: 'agent' }
  if (!isCheck(results.length - 1)) return last.outcome === 'success' ? { do: 'check' } : end(last)
  const rounds = results.length / 2
  if (last.outcome === 'success') {
    const message = rounds === 1 ? null : `its check succeeded in round ${rounds} of ${maxRounds}`
    return end(plainResult('success', null, message))
  }
  if (!isRed(last)) return end({ ...last, message: `in its check: ${last.message ?? last.outcome}` })
  if (rounds < maxRounds) return { do: 'agent' }
  const tries = maxRounds === 1 ? '' : ` in each of ${maxRounds} rounds, last`
  const why = `\`${run}\` failed${tries} with ${endOf(last)}`
  return end({ ...plainResult('failure', 'verify_failed', why), exitCode: last.exitCode, signal: last.signal })
}

const end = (ending: Ending): Next => ({ do: 'end', ending })

/** What the agent can do something about. */
const isRed = ({ outcome, cause }: AttemptResult): boolean => outcome === 'failure' || cause === 'stalled'

export function endOf({ exitCode, signal, cause }: AttemptResult): string {
  if (signal !== null) return `signal ${signal}`
  return exitCode === null ? (cause ?? 'no exit code') : `exit code ${exitCode}`
}

export type Ending = Pick<AttemptResult, 'outcome' | 'cause' | 'message' | 'exitCode' | 'signal'>

/** The result of an attempt that ended so after these phases, with all that the agent told in them. */
export function resultOf(results: readonly AttemptResult[], ending: Ending): AttemptResult {
  const { outcome, cause, message, exitCode, signal } = ending
  const isSuccess = outcome === 'success'
  const agent = results.findLast((_, index) => !isCheck(index))
  const plain = plainResult(outcome, cause, isSuccess ? (message ?? agent?.message ?? null) : message)
  if (agent === undefined) return plain
  const first = results[0]?.resumed
  return {
    ...agent,
    ...plain,
    exitCode: isSuccess ? agent.exitCode : exitCode,
    signal: isSuccess ? agent.signal : signal,
    outputs: isSuccess ? agent.outputs : {},
    simulated: agent.simulated,
    ...spentIn(results.filter((_, index) => !isCheck(index))),
    outputBytes: results.reduce((sum, one) => sum + one.outputBytes, 0),
    outputTruncated: results.some((one) => one.outputTruncated),
    ...(results.some(({ sandbox }) => sandbox === 'missing') ? { sandbox: 'missing' } : {}),
    ...(first === undefined ? {} : { resumed: first }),
  }
}
