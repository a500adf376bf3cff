import type { Cause } from '../base/cause.ts'
import type { JsonObject } from '../base/json.ts'
import type { AttemptKey, StopReason } from '../ports/agent.ts'
import { type AttemptResult, bareResult, longestMessage } from '../run/attempt-result.ts'
import { spentIn } from '../run/usage.ts'
import type { Conflict } from './merge.ts'
import type { Resolution } from './resolutions.ts'

/** A result in orchd's own words. What was used is not known: an agent may have been at work. */
export const ownResult = (
  outcome: AttemptResult['outcome'],
  cause: Cause | null,
  message: string | null,
): AttemptResult => bareResult(outcome, cause, message === null ? null : shortened(message))

/** Of an attempt that no agent had a part in. */
export const unpaid = (result: AttemptResult): AttemptResult => ({
  ...result,
  usage: { inputTokens: 0, outputTokens: 0 },
  costUsd: 0,
})

/** A result of orchd's own with what the agents used that had a part in it. */
export function paidFor(result: AttemptResult, parts: readonly AttemptResult[]): AttemptResult {
  if (parts.length === 0) return unpaid(result)
  return { ...result, simulated: parts.some(({ simulated }) => simulated), ...spentIn(parts) }
}

export function stoppedResult(reason: StopReason): AttemptResult {
  if (reason === 'deadline') return ownResult('timeout', 'timeout', 'stopped: the time of the run is over')
  return ownResult('cancellation', 'cancelled', 'cancelled')
}

export const failedResult = (what: string, error: unknown): AttemptResult =>
  ownResult('error', 'transient', `${what}: ${error instanceof Error ? error.message : String(error)}`)

/** What orchd could not bring to an end behind an agent: what the agent told stays told, above all what it cost. */
export function spoiled(result: AttemptResult, what: string, error: unknown): AttemptResult {
  const { outcome, cause, message } = failedResult(what, error)
  return { ...result, outcome, cause, message }
}

/** An agent's result whose work cannot be merged with what it was to build on. */
export function unmerged(result: AttemptResult, conflict: Conflict): AttemptResult {
  const { outcome, cause, message, outputs } = conflictResult(conflict)
  return { ...result, outcome, cause, message, outputs }
}

/** Names both sides and the files; the outputs tell all of it. */
export function conflictResult(conflict: Conflict): AttemptResult {
  const { files, sides, messages } = conflict
  const help = 'let one depend on the other, or put an integrate step behind both'
  return {
    ...ownResult('failure', 'merge_conflict', `${conflictWords(conflict)}; ${help}`),
    outputs: { conflict: { files: [...files], sides: [[...sides[0]], [...sides[1]]], messages: [...messages] } },
  }
}

/** Which conflicts a merge has got over, and who resolved them; nothing where there were none. */
export const resolvedOutputs = (resolutions: readonly Resolution[]): JsonObject =>
  resolutions.length === 0
    ? {}
    : {
        conflicts_resolved: resolutions.map(({ files, sides: [one, other], by }) => ({
          files: [...files],
          sides: [[...one], [...other]],
          by,
        })),
      }

function conflictWords({ files, sides }: Conflict): string {
  const [one, other] = sides.map((steps) => (steps.length === 0 ? 'the base' : steps.map((s) => `"${s}"`).join(', ')))
  const shown = files.slice(0, 5).join(', ')
  return `${one} and ${other} both changed ${shown}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`
}

/** The question to a person: the conflict, and where to resolve it. */
export function askingResult(
  { runId, step }: AttemptKey,
  conflict: Conflict,
  place: string,
  marked: readonly string[],
): AttemptResult {
  const what = conflictWords(conflict)
  const left = marked.length === 0 ? '' : `; there are marks of the conflict left in ${marked.slice(0, 5).join(', ')}`
  const how = `resolve it in ${place} (orchd open ${runId} ${step}), then orchd approve ${runId} ${step}`
  return { ...conflictResult(conflict), message: shortened(`${what}${left}; ${how}`) }
}

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line
}
