import { dollars } from '../run/money.ts'
import type { CostRow } from '../ports/costs.ts'
import type { BudgetResponse, CostSource, RunResponse } from '../ports/response.ts'

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

/** How much of a budget is used: `$0.80 of $1.00, and what 2 attempts cost is unknown`. */
export function budgetWords(budget: BudgetResponse): string {
  const { max_usd: usd, max_tokens: tokens, unknown_cost: noCost, unknown_tokens: noTokens } = budget
  const parts = [
    ...(usd === null ? [] : [`${dollars(budget.spent_usd)} of ${dollars(usd)}${unknown(noCost, 'cost')}`]),
    ...(tokens === null
      ? []
      : [`${amount(budget.spent_tokens)} of ${amount(tokens)} tokens${unknown(noTokens, 'used')}`]),
  ]
  return parts.join('; ')
}

export function tokensOfRow({
  input_tokens: input,
  cache_read_tokens: cached,
  output_tokens: output,
  unknown_tokens: unknown,
  attempts,
}: CostRow): string {
  if (unknown === attempts && input === 0 && output === 0) return 'unknown'
  const part = cached === 0 ? '' : ` (${amount(cached)} cached)`
  return `${amount(input)} in${part}, ${amount(output)} out${unknown === 0 ? '' : `, ${unknown} unknown`}`
}

export function costOfRow({ attempts, cost_usd: usd, list_priced: listed, unknown_cost: unknown }: CostRow): string {
  if (unknown === attempts && usd === 0) return 'unknown'
  const how = listed === 0 ? '' : listed === attempts ? ' by list price' : ' partly by list price'
  return `${dollars(usd)}${how}${unknown === 0 ? '' : `, and ${unknown} unknown`}`
}

const unknown = (attempts: number, what: string): string =>
  attempts === 0 ? '' : `, and what ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} ${what} is unknown`

const amount = (count: number): string => count.toLocaleString('en-US')
