import type { Budget } from '../plan/plan.ts'
import type { Ledger, Level } from './level.ts'
import type { RunState, RunStep, StepState } from './state.ts'

/** A budget that holds for a step, and how it stands. */
export type Standing = {
  /** The step that has it, and `null` for the run's own. */
  readonly owner: number | null
  readonly budget: Budget
  readonly ledger: Ledger
}

/** A run, or one in the making. */
export type Lookup = {
  step(index: number): RunStep
  state(index: number): StepState
  level(number: number): Level
}

export const lookupIn = ({ steps, states, levels }: RunState): Lookup => ({
  step: (index) => steps.get(index),
  state: (index) => states.get(index),
  level: (number) => levels.get(number),
})

/** The budgets that hold for the attempts of a step: its own, those of all that it is inside of, the run's last. */
export function budgetsOf(run: Lookup, index: number): readonly Standing[] {
  const { spec, level: own, instance } = run.step(index)
  const found: Standing[] = []
  // The budget of a matrix or `for_each` is for all instances together: that of their level.
  if (spec.budget && instance === null) found.push({ owner: index, budget: spec.budget, ledger: ledgerOf(run, index) })
  for (let number: number | null = own; number !== null; number = run.level(number).parent) {
    const { kind, plan, owner, ledger } = run.level(number)
    if (kind === 'plan' && plan.constraints.budget !== null)
      found.push({ owner, budget: plan.constraints.budget, ledger })
    const step = owner === null ? null : run.step(owner)
    if (step?.spec.budget && step.instance === null) found.push({ owner, budget: step.spec.budget, ledger })
  }
  return found
}

/** What the attempts of a step without inner steps came to; there is one at a time. */
function ledgerOf(run: Lookup, index: number): Ledger {
  const state = run.state(index)
  const { costUsd, usage, untold, extra } = state.past
  const reserved = state.status === 'running' ? state.reserved : null
  return {
    usd: costUsd ?? 0,
    tokens: usage === null ? 0 : usage.inputTokens + usage.outputTokens,
    reservedUsd: reserved?.usd ?? 0,
    reservedTokens: reserved?.tokens ?? 0,
    untoldUsd: untold.cost ? 1 : 0,
    untoldTokens: untold.usage ? 1 : 0,
    extraUsd: extra.usd,
    extraTokens: extra.tokens,
  }
}

/** What a budget allows, with what people have added; `null`: it does not limit this. */
export function limitsOf({ budget, ledger }: Standing): {
  readonly usd: number | null
  readonly tokens: number | null
} {
  return {
    usd: budget.maxUsd === null ? null : budget.maxUsd + ledger.extraUsd,
    tokens: budget.maxTokens === null ? null : budget.maxTokens + ledger.extraTokens,
  }
}
