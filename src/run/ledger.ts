import { isFree } from './demand.ts'
import type { Draft } from './draft.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Reservation } from './event.ts'
import type { Ledger } from './level.ts'
import type { StepRunning } from './state.ts'
import { roundUsd, untoldOf } from './usage.ts'

export const emptyLedger: Ledger = {
  usd: 0,
  tokens: 0,
  reservedUsd: 0,
  reservedTokens: 0,
  untoldUsd: 0,
  untoldTokens: 0,
  extraUsd: 0,
  extraTokens: 0,
}

/** An attempt takes its reservation from every level around it. */
export function reserve(draft: Draft, index: number, { usd, tokens }: Reservation): void {
  change(draft, index, { reservedUsd: usd, reservedTokens: tokens })
}

/** An attempt is over: what it used takes the place of its reservation. `null`: it was lost with what it used. */
export function settle(draft: Draft, index: number, state: StepRunning, result: AttemptResult | null): void {
  const { reserved, agent } = state
  const { costUsd: usd = null, usage = null } = result ?? {}
  const untold = untoldOf(result)
  // Nobody has to pay for what is made up.
  const tells = isFree(agent) || result?.simulated === true || (result !== null && neverBegan.has(result.cause))
  change(draft, index, {
    usd: usd ?? 0,
    tokens: usage === null ? 0 : usage.inputTokens + usage.outputTokens,
    reservedUsd: -(reserved?.usd ?? 0),
    reservedTokens: -(reserved?.tokens ?? 0),
    untoldUsd: untold.cost && !tells ? 1 : 0,
    untoldTokens: untold.usage && !tells ? 1 : 0,
  })
}

/** An attempt that ended so has used nothing. */
export const neverBegan: ReadonlySet<AttemptResult['cause']> = new Set(['spawn_failed', 'sandbox_unavailable'])

function change(draft: Draft, index: number, by: Partial<Ledger>): void {
  if (Object.values(by).every((amount) => amount === 0)) return
  for (let number: number | null = draft.step(index).level; number !== null; number = draft.level(number).parent)
    draft.patchLevel(number, { ledger: added(draft.level(number).ledger, by) })
}

/** A ledger with so much more of some of its amounts. */
export const added = (ledger: Ledger, by: Partial<Ledger>): Ledger => ({
  usd: roundUsd(ledger.usd + (by.usd ?? 0)),
  tokens: ledger.tokens + (by.tokens ?? 0),
  reservedUsd: roundUsd(ledger.reservedUsd + (by.reservedUsd ?? 0)),
  reservedTokens: ledger.reservedTokens + (by.reservedTokens ?? 0),
  untoldUsd: ledger.untoldUsd + (by.untoldUsd ?? 0),
  untoldTokens: ledger.untoldTokens + (by.untoldTokens ?? 0),
  extraUsd: roundUsd(ledger.extraUsd + (by.extraUsd ?? 0)),
  extraTokens: ledger.extraTokens + (by.extraTokens ?? 0),
})
