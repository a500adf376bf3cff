import type { Cause } from '../../src/base/cause.ts'
import type { JournalEvent } from '../../src/run/event.ts'
import type { Roster } from '../../src/run/roster.ts'
import type { RunId, StepId } from '../../src/base/ids.ts'
import { indexOf } from '../../src/run/find.ts'
import type { RunState } from '../../src/run/state.ts'

const free: ReadonlySet<Cause> = new Set<Cause>(['usage_limit', 'rate_limited', 'overloaded'])
const parks: ReadonlySet<Cause> = new Set<Cause>([...free, 'auth'])
/** So often it costs a step nothing that a service is overloaded. */
const mostOverloads = 5

/**
 * Keeps a list of its own of what keeps credentials from being used, from the events alone, and holds each start against
 * it. What parks a credential must cost its step no attempt.
 */
export class Credentials {
  readonly #roster: Roster
  /** Until when; `null`: until it is released. */
  readonly #standings = new Map<string, number | null>()
  /** A person says so of these, and nobody knows yet when it will count. */
  readonly #releasing = new Set<string>()
  /** How often a step met a service that was overloaded, in all of its run. */
  readonly #overloads = new Map<string, number>()
  readonly tallies = { parked: 0, stopped: 0, released: 0, standstills: 0 }

  constructor(roster: Roster) {
    this.#roster = roster
  }

  /** @param stateOf the run as the engine will have it when all of these events are taken */
  take(events: readonly JournalEvent[], stateOf: (id: RunId) => RunState | undefined): void {
    for (const entry of events) this.#take(entry, stateOf)
  }

  #take({ runId, event }: JournalEvent, stateOf: (id: RunId) => RunState | undefined): void {
    if (event.type === 'attempt_started') this.#judge(event.agent, event.step, event.at)
    else if (event.type === 'standstill_changed' && event.standstill !== null) this.tallies.standstills++
    if (event.type !== 'attempt_finished' || event.agent === undefined) return
    const credential = this.#roster.agents.get(event.agent)?.credential
    if (credential === undefined) return
    const { parked } = event
    const { cause } = event.result
    if ((cause !== null && parks.has(cause)) !== (parked?.credential === credential))
      throw new Error(`violated: ${event.step} ended with ${cause}, and what that does to ${credential} is not told`)
    if (parked === undefined) return
    const before = this.#standings.get(credential)
    if ((cause === 'auth' || before === null) && parked.until !== null)
      throw new Error(`violated: ${credential} was refused, and is not stopped`)
    this.#standings.set(credential, parked.until)
    this.tallies[parked.until === null ? 'stopped' : 'parked']++
    if (cause === null || !free.has(cause)) return
    const key = `${runId}/${event.step}`
    if (cause === 'overloaded') this.#overloads.set(key, (this.#overloads.get(key) ?? 0) + 1)
    judgeCost(stateOf(runId), event.step, cause, this.#overloads.get(key) ?? 0)
  }

  #judge(agent: string, step: StepId, at: number): void {
    const credential = this.#roster.agents.get(agent)?.credential
    const until = credential === undefined ? undefined : this.#standings.get(credential)
    if (until === undefined || (until !== null && until <= at) || this.#releasing.has(credential ?? '')) return
    throw new Error(
      `violated: ${step} starts with ${credential}, which is ${until === null ? 'stopped' : `parked until ${until}`}`,
    )
  }

  /** A person says so. */
  release(credential: string): void {
    if (this.#standings.delete(credential)) this.tallies.released++
  }

  /** A person asks for it: it counts at some moment until `asked` is settled. */
  async releasedBy(credential: string, asked: Promise<unknown>): Promise<void> {
    this.#releasing.add(credential)
    try {
      await asked
    } finally {
      this.#settle(credential)
    }
  }

  /** The last holder answers no more: what it was asked may have counted, answered or not. */
  forget(): void {
    for (const credential of this.#releasing) this.#settle(credential)
  }

  #settle(credential: string): void {
    if (this.#releasing.delete(credential)) this.release(credential)
  }

  /** Another key for all that were refused. */
  renew(): void {
    for (const [credential, until] of this.#standings) if (until === null) this.release(credential)
  }
}

/** Of itself no used up quota ends a step, nor does a service that is overloaded for a while. */
function judgeCost(run: RunState | undefined, step: StepId, cause: Cause, overloads: number): void {
  const index = run === undefined ? undefined : indexOf(run, step)
  if (run === undefined || index === undefined) return
  const state = run.states.get(index)
  const { cut, phase } = run.levels.get(run.steps.get(index).level)
  // What was cut off ends with whatever cause it has.
  const goesOn = phase === 'steps' && cut === null && run.cancels === 0
  const { retry } = run.steps.get(index).spec
  if (cause === 'overloaded' && (overloads > mostOverloads || !retry.on.includes(cause))) return
  if (goesOn && state.status === 'finished' && state.cause === cause)
    throw new Error(`violated: ${step} is over because a quota was used up (${cause})`)
}
