import type { RunResponse, StepResponse } from '../ports/response.ts'

type Usage = RunResponse['usage']

/**
 * What all steps used together. Shell commands use no tokens; where an agent did not tell what it used, the sum is
 * unknown too (`null`), because a sum of the rest would look like the whole.
 *
 * @param simulated the cost of a simulated run is nobody's: it is never shown
 */
export function usageOf(steps: readonly StepResponse[], simulated: boolean): Usage {
  const worked = steps.filter(({ kind, attempts, agent }) => attempts > 0 && kind !== 'run' && agent !== null)
  const input_tokens = sumOrNull(worked.map(({ usage }) => usage?.input_tokens ?? null))
  const output_tokens = sumOrNull(worked.map(({ usage }) => usage?.output_tokens ?? null))
  if (simulated || worked.length === 0) return { input_tokens, output_tokens, cost_usd: null, cost_source: null }
  const cost_usd = sumOrNull(worked.map((step) => step.cost_usd))
  return { input_tokens, output_tokens, cost_usd, cost_source: cost_usd === null ? 'unknown' : 'reported' }
}

/** `null` for no numbers, or when one is not known. */
function sumOrNull(numbers: readonly (number | null)[]): number | null {
  let sum: number | null = null
  for (const number of numbers) {
    if (number === null) return null
    sum = (sum ?? 0) + number
  }
  return sum
}
