import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { Usage } from '../run/attempt-result.ts'
import { roundUsd } from '../run/usage.ts'

/** What an agent's tokens cost by list, in US dollars per million of each kind. */
export type ListPrice = {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/**
 * The list price of the registry's `price` for a model: that of the model's own entry, else what stands at the top.
 * `null`: it has none, or does not say what input and output cost. Cached input costs as input does, unless it says more.
 */
export function listPriceOf(price: JsonObject | null, model: string | null): ListPrice | null {
  if (price === null) return null
  const own = model === null ? undefined : price[model]
  const { input_per_million: input, output_per_million: output, ...cached } = isJsonObject(own) ? own : price
  if (typeof input !== 'number' || typeof output !== 'number') return null
  const { cache_read_per_million: read, cache_write_per_million: write } = cached
  return {
    input,
    output,
    cacheRead: typeof read === 'number' ? read : input,
    cacheWrite: typeof write === 'number' ? write : input,
  }
}

/** US dollars. Reasoning is a part of the output, and costs the same. */
export function costAt(price: ListPrice, usage: Usage): number {
  const { inputTokens, outputTokens, cacheReadTokens: read = 0, cacheWriteTokens: write = 0 } = usage
  const uncached = Math.max(0, inputTokens - read - write)
  const sum = uncached * price.input + read * price.cacheRead + write * price.cacheWrite + outputTokens * price.output
  return roundUsd(sum / 1_000_000)
}
