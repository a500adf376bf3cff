import type { BudgetResponse } from '../ports/response.ts'
import { limitsOf } from '../run/budgets.ts'
import type { RunState } from '../run/state.ts'

/** How the plan's own budget stands. */
export function budgetOf(run: RunState): BudgetResponse | null {
  const { budget } = run.plan.constraints
  if (budget === null) return null
  const { ledger } = run.levels.get(0)
  const limits = limitsOf({ owner: null, budget, ledger })
  return {
    max_usd: limits.usd,
    max_tokens: limits.tokens,
    on_exceed: budget.onExceed,
    spent_usd: ledger.usd,
    spent_tokens: ledger.tokens,
    reserved_usd: ledger.reservedUsd,
    reserved_tokens: ledger.reservedTokens,
    unknown_cost: ledger.untoldUsd,
    unknown_tokens: ledger.untoldTokens,
  }
}
