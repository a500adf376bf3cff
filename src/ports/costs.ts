export const costGroups = ['agent', 'plan', 'day', 'step'] as const
export type CostGroup = (typeof costGroups)[number]

/** What agents used, as `orchd cost --json` and `GET /api/v1/costs` tell it. */
export type CostReport = {
  readonly since: string | null
  readonly run_id: string | null
  readonly by: CostGroup
  /** The dearest first; days: the newest first. */
  readonly rows: readonly CostRow[]
  readonly total: CostRow
}

/** Sums of what attempts told; what they did not tell is counted, and in no sum. */
export type CostRow = {
  readonly key: string
  readonly attempts: number
  readonly input_tokens: number
  /** Of the input. */
  readonly cache_read_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
  /** Attempts whose cost is computed from list prices. */
  readonly list_priced: number
  readonly unknown_tokens: number
  readonly unknown_cost: number
}
