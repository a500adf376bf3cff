import type { RunId } from '../../src/base/ids.ts'
import type { Budget } from '../../src/plan/plan.ts'
import type { AttemptFinished, AttemptStarted, JournalEvent, Reservation } from '../../src/run/event.ts'
import type { RunState } from '../../src/run/state.ts'

const dayMs = 24 * 60 * 60 * 1000
/** What sums of fractions may differ by. */
const dust = 1e-6

type Account = {
  readonly budget: Budget | null
  usd: number
  tokens: number
  /** Whether people have added to it. */
  raised: boolean
  /** By step and attempt. */
  readonly open: Map<string, Reservation>
}

/**
 * Keeps books of its own, from the events alone, and holds each start against them: what was used and what is reserved
 * are never more than a budget when an attempt begins. So more is used only by what attempts use beyond their reservation.
 */
export class Money {
  readonly #dailyUsd: number | null
  readonly #accounts = new Map<RunId, Account>()
  readonly #costs: { readonly at: number; readonly usd: number }[] = []
  readonly tallies = { reserved: 0, paused: 0, unaffordable: 0, overrun: 0 }

  constructor(dailyUsd: number | null) {
    this.#dailyUsd = dailyUsd
  }

  /** @param stateOf the run as the engine will have it when all of these events are taken */
  take(events: readonly JournalEvent[], stateOf: (id: RunId) => RunState | undefined): void {
    for (const entry of events) this.#take(entry, stateOf)
  }

  #take({ runId, event }: JournalEvent, stateOf: (id: RunId) => RunState | undefined): void {
    if (event.type === 'run_submitted') {
      const { budget } = event.plan.constraints
      this.#accounts.set(runId, { budget, usd: 0, tokens: 0, raised: false, open: new Map() })
    }
    const account = this.#accounts.get(runId)
    if (account === undefined) return
    if (event.type === 'attempt_started') this.#start(runId, account, event, stateOf)
    else if (event.type === 'attempt_finished') this.#end(account, event)
    else if (event.type === 'attempt_lost') account.open.delete(`${event.step}/${event.attempt}`)
    else if (event.type === 'budget_raised') account.raised = true
    else if (event.type === 'budget_reached') this.tallies[event.action === 'pause' ? 'paused' : 'unaffordable']++
  }

  #start(
    runId: RunId,
    account: Account,
    { reserved, agent, step, attempt, at }: AttemptStarted,
    stateOf: (id: RunId) => RunState | undefined,
  ): void {
    if (reserved === undefined) {
      const isFree = agent === 'shell' || (account.budget === null && this.#dailyUsd === null)
      if (!isFree) throw new Error(`violated: ${step} is started without a reservation`)
      return
    }
    account.open.set(`${step}/${attempt}`, reserved)
    this.tallies.reserved++
    this.#judge(account, account.raised ? stateOf(runId) : undefined, step)
    this.#judgeDay(at, step)
  }

  #end(account: Account, { step, attempt, at, result }: AttemptFinished): void {
    const key = `${step}/${attempt}`
    const usd = result.costUsd ?? 0
    if (usd > (account.open.get(key)?.usd ?? usd)) this.tallies.overrun++
    account.open.delete(key)
    account.usd += usd
    account.tokens += result.usage === null ? 0 : result.usage.inputTokens + result.usage.outputTokens
    this.#costs.push({ at, usd })
  }

  #judge({ budget, usd, tokens, open }: Account, run: RunState | undefined, step: string): void {
    if (budget === null || budget.onExceed === 'warn') return
    const { extraUsd = 0, extraTokens = 0 } = run?.levels.get(0).ledger ?? {}
    const limits = { usd: budget.maxUsd, tokens: budget.maxTokens }
    const all = { usd: usd + sumOf(open, 'usd'), tokens: tokens + sumOf(open, 'tokens') }
    const extra = { usd: extraUsd, tokens: extraTokens }
    for (const unit of ['usd', 'tokens'] as const) {
      const limit = limits[unit]
      if (limit !== null && all[unit] > limit + extra[unit] + dust)
        throw new Error(
          `violated: ${step} is started with ${all[unit]} ${unit} of ${limit + extra[unit]} used and reserved`,
        )
    }
  }

  #judgeDay(at: number, step: string): void {
    if (this.#dailyUsd === null) return
    const today = at - (at % dayMs)
    const used = this.#costs.filter((cost) => cost.at >= today).reduce((sum, { usd }) => sum + usd, 0)
    const reserved = [...this.#accounts.values()].reduce((sum, { open }) => sum + sumOf(open, 'usd'), 0)
    if (used + reserved > this.#dailyUsd + dust)
      throw new Error(
        `violated: ${step} is started with ${used + reserved} of ${this.#dailyUsd} dollars of the day used and reserved`,
      )
  }

  /** The engine's own books of a run that is over are the same, and nothing is reserved any more. */
  close(run: RunState): void {
    const account = this.#accounts.get(run.id)
    const { usd, tokens, reservedUsd, reservedTokens } = run.levels.get(0).ledger
    const isSame =
      account !== undefined &&
      Math.abs(account.usd - usd) < dust &&
      account.tokens === tokens &&
      account.open.size === 0
    if (!isSame || Math.abs(reservedUsd) > dust || Math.abs(reservedTokens) > dust)
      throw new Error(`violated: the ledger of ${run.id} says ${usd} and ${reservedUsd}, the events ${account?.usd}`)
  }
}

const sumOf = (open: ReadonlyMap<string, Reservation>, unit: 'usd' | 'tokens'): number =>
  [...open.values()].reduce((sum, reserved) => sum + reserved[unit], 0)
