import { constants } from 'node:os'
import type { Cause, Outcome } from '../base/cause.ts'
import { formatDuration } from '../base/duration.ts'
import { assertNever } from '../base/result.ts'
import { type AttemptResult, bareResult, longestMessage } from '../run/attempt-result.ts'
import type { Kept } from './artifacts.ts'
import { oneLine } from './last-line.ts'
import type { Ended } from './process/ended.ts'

type Verdict = { readonly outcome: Exclude<Outcome, 'skip'>; readonly cause: Cause | null; readonly what: string }

/**
 * A result with what was kept. That not all of it could be is a failure of a step that else succeeded: somebody counts
 * on it.
 */
export function withArtifacts(result: AttemptResult, { artifacts, notes, cut }: Kept): AttemptResult {
  if (artifacts.length === 0 && notes.length === 0) return result
  const message = [result.message, ...notes]
    .filter((part) => part !== null)
    .join('; ')
    .slice(0, longestMessage)
  const told = { ...result, artifacts, message: message === '' ? null : message }
  if (!cut || result.outcome !== 'success') return told
  return { ...told, outcome: 'failure', cause: 'output_limit' }
}

/** The limits that were broken, for the message. */
export type LimitsInWords = {
  readonly timeoutMs: number | null
  readonly stallTimeoutMs: number | null
  readonly orphanTimeoutMs: number | null
}

/**
 * The result of an attempt whose processes have ended.
 *
 * @param said the last line of its log, for what was no success
 * @param silence what it is called when it stalls, before the time
 */
export function resultOf(
  ended: Ended,
  limits: LimitsInWords,
  said: string | null,
  silence = 'printed nothing for',
): AttemptResult {
  const { outcome, cause, what } = verdict(ended, limits, silence)
  const left = ended.left > 0 ? ` (${ended.left} of its processes could not be ended)` : ''
  const message = cause === null && left === '' ? null : `${what}${left}${said === null ? '' : `: ${said}`}`
  return {
    ...plainResult(outcome, cause, message),
    exitCode: ended.exitCode,
    signal: ended.signal === null ? null : signalName(ended.signal),
    outputBytes: ended.outputBytes,
  }
}

/** A result with nothing in it but how it ended and, in one line, why. */
export function plainResult(outcome: Verdict['outcome'], cause: Cause | null, message: string | null): AttemptResult {
  return bareResult(outcome, cause, message === null ? null : oneLine(message, longestMessage))
}

function verdict(ended: Ended, limits: LimitsInWords, silence: string): Verdict {
  switch (ended.reason) {
    case 'exited':
    case 'settled':
      return exited(ended)
    case 'timeout':
      return { outcome: 'timeout', cause: 'timeout', what: `took longer than ${span(limits.timeoutMs)}` }
    case 'stalled':
      return { outcome: 'timeout', cause: 'stalled', what: `${silence} ${span(limits.stallTimeoutMs)}` }
    case 'deadline':
      return { outcome: 'timeout', cause: 'timeout', what: 'stopped: the time of the run is over' }
    case 'cancelled':
    case 'killed':
      return { outcome: 'cancellation', cause: 'cancelled', what: 'cancelled' }
    case 'orphaned':
      // Nobody wished it, and nothing is wrong with the step: we were not there to watch it.
      return {
        outcome: 'error',
        cause: 'daemon_lost',
        what: `stopped: no orchd watched over it for ${span(limits.orphanTimeoutMs)}`,
      }
    case 'lost':
      return { outcome: 'error', cause: 'daemon_lost', what: 'its launcher was killed, so nobody knows how it ended' }
    case 'output_limit':
      return {
        outcome: 'failure',
        cause: 'output_limit',
        what: 'printed too much, on a file system where output cannot be cut',
      }
    case 'spawn_failed':
      return { outcome: 'error', cause: 'spawn_failed', what: ended.text ?? 'could not be started' }
    default:
      return assertNever(ended.reason)
  }
}

const span = (ms: number | null): string => (ms === null ? 'its limit' : formatDuration(ms))

function exited(ended: Ended): Verdict {
  if (ended.signal !== null) {
    return {
      outcome: 'failure',
      cause: 'crashed',
      what: `ended by ${signalName(ended.signal)}, which orchd did not send`,
    }
  }
  if (ended.exitCode === 0) return { outcome: 'success', cause: null, what: 'exit code 0' }
  return { outcome: 'failure', cause: 'exit_nonzero', what: `exit code ${ended.exitCode}` }
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
