import type { TokenUsage } from '../events.ts'
import { isJsonObject } from '../../base/json.ts'
import { countAt, numberAt } from '../cli/json-line.ts'

/**
 * The tokens that a `session/prompt` answers with.
 *
 * The protocol does not say whether `inputTokens` has the cached ones in it: the adapters of Claude and Codex leave them
 * out. Where the agent's own sum says that they are in it, they are taken out.
 *
 * @param value the member `usage` of the answer, which is no part of the stable protocol yet
 * @returns `null`: it tells none
 */
export function usageIn(value: unknown): TokenUsage | null {
  if (!isJsonObject(value) || numberAt(value, 'inputTokens') === null || numberAt(value, 'outputTokens') === null)
    return null
  const input = countAt(value, 'inputTokens')
  const output = countAt(value, 'outputTokens')
  const cacheRead = countAt(value, 'cachedReadTokens')
  const cacheWrite = countAt(value, 'cachedWriteTokens')
  const reasoning = countAt(value, 'thoughtTokens')
  const cached = cacheRead + cacheWrite
  const isWhole = cached > 0 && input >= cached && numberAt(value, 'totalTokens') === input + output
  return { inputUncached: isWhole ? input - cached : input, cacheRead, cacheWrite, output, reasoning }
}
