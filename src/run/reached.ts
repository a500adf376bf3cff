import type { BudgetReached } from './event.ts'
import { dollars } from './money.ts'

/** A budget in words. */
export const nameOf = ({ of, owner }: Pick<BudgetReached, 'of' | 'owner'>): string =>
  of === 'run' ? 'the budget of the plan' : of === 'day' ? 'the budget of the day' : `the budget of "${owner}"`

export const amount = (count: number, unit: BudgetReached['unit']): string =>
  unit === 'usd' ? dollars(count) : `${Math.round(count).toLocaleString('en-US')} tokens`

/** Why a step waits, or ended: which budget, and what is missing. */
export function reachedWords(reached: Omit<BudgetReached, 'type' | 'at' | 'step' | 'action'>): string {
  const { unit, limit, left, needs } = reached
  const there = left <= 0 ? 'is used up' : `has ${amount(left, unit)} left`
  const wanted = left <= 0 || needs <= left ? '' : `, and the next attempt needs about ${amount(needs, unit)}`
  return `${nameOf(reached)}, ${amount(limit, unit)}, ${there}${wanted}`
}
