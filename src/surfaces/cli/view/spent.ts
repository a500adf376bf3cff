import type { CostSource, RunResponse } from '../../../ports/response.ts'

type Tokens = Omit<RunResponse['usage'], 'cost_usd' | 'cost_source'>

/** Tokens by kind, as far as they are known: `3,003 tokens in (2,000 of them cached), 63 out`. */
export function tokenWords({ input_tokens, output_tokens, cache_read_tokens: cached }: Tokens): string {
  if (input_tokens === null || output_tokens === null) return 'tokens unknown'
  const part = cached === null || cached === 0 ? '' : ` (${amount(cached)} of them cached)`
  return `${amount(input_tokens)} tokens in${part}, ${amount(output_tokens)} out`
}

/** What it cost and how that is known: `$0.0042 by list price`. */
export function costWords(costUsd: number | null, source: CostSource): string {
  if (costUsd === null) return 'cost unknown'
  return `${dollars(costUsd)}${source === 'list_price' ? ' by list price' : ''}`
}

/** Two digits behind the point, or as many as it takes to see the first two that are not 0. */
function dollars(usd: number): string {
  const digits = usd === 0 || usd >= 0.1 ? 2 : Math.min(10, 1 - Math.floor(Math.log10(usd)))
  return `$${usd.toFixed(digits)}`
}

const amount = (count: number): string => count.toLocaleString('en-US')
