import type { JsonObject } from '../../base/json.ts'
import { countAt, objectAt } from '../cli/json-line.ts'
import type { TokenUsage } from '../events.ts'

/** What one response used; its input includes what was cached. */
export function usageIn(usage: JsonObject): TokenUsage {
  const details = objectAt(usage, 'input_tokens_details')
  const [cacheRead, cacheWrite] = [countAt(details, 'cached_tokens'), countAt(details, 'cache_write_tokens')]
  return {
    inputUncached: Math.max(0, countAt(usage, 'input_tokens') - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    output: countAt(usage, 'output_tokens'),
    reasoning: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
  }
}

export const sumOf = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  inputUncached: a.inputUncached + b.inputUncached,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite,
  output: a.output + b.output,
  reasoning: a.reasoning + b.reasoning,
})
