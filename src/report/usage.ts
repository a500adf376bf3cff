import { addCost } from '../run/usage.ts'
import type { CostSource, RunResponse, StepResponse, Tokens } from '../ports/response.ts'

type Usage = RunResponse['usage']

/**
 * What all steps used together. Shell commands use no tokens; where an agent did not tell what it used, the sum is
 * unknown too (`null`), because a sum of the rest would look like the whole.
 *
 * @param simulated the cost of a simulated run is nobody's: it is never shown
 */
export function usageOf(steps: readonly StepResponse[], simulated: boolean): Usage {
  const worked = steps.filter(
    ({ kind, attempts, agent }) =>
      attempts > 0 && kind !== 'run' && (agent !== null || kind === 'prompt') && agent !== 'orchd',
  )
  const sum = (kind: keyof Tokens): number | null => sumOrNull(worked.map(({ usage }) => usage?.[kind] ?? null))
  const tokens = {
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_write_tokens: sum('cache_write_tokens'),
    reasoning_tokens: sum('reasoning_tokens'),
  }
  if (simulated || worked.length === 0) return { ...tokens, cost_usd: null, cost_source: null }
  const cost_usd = sumOrNull(worked.map((step) => step.cost_usd))
  return { ...tokens, cost_usd, cost_source: cost_usd === null ? 'unknown' : sourceOf(worked) }
}

const sourceOf = (steps: readonly StepResponse[]): CostSource =>
  steps.some(({ cost_source: source }) => source === 'list_price') ? 'list_price' : 'reported'

/** `null` for no numbers, or when one is not known. */
function sumOrNull(numbers: readonly (number | null)[]): number | null {
  let sum: number | null = null
  for (const number of numbers) {
    if (number === null) return null
    sum = addCost(sum, number)
  }
  return sum
}
