import type { Instant, RunId } from '../base/ids.ts'
import { AgentSlots } from './agent-slots.ts'
import { Candidates, type Candidate } from './candidates.ts'
import { choose, type Choice } from './dispatch.ts'
import type { Reservation } from './event.ts'
import { type Funds, noFunds } from './funds.ts'
import { type Payment, Purse } from './purse.ts'
import type { Roster } from './roster.ts'
import type { RunState } from './state.ts'

/** A run that may want slots, with when (in starts of the engine) it last got one. */
export type Claimant = { readonly run: RunState; readonly lastServed: number }
export type Grant = {
  readonly runId: RunId
  readonly candidate: Candidate
  /** `reached`: no slot is given, because a budget does not allow the attempt. */
  readonly choice: Choice | Extract<Payment, { readonly kind: 'reached' }>
  /** What is set aside for it. */
  readonly reserved?: Reservation
}

/**
 * Which attempts start now, and with whom. The one place where parallelism is limited: the grants and all that runs are
 * never more than `limit`, nor more than the caps of the roster for an agent or a credential; `Candidates` gives no more
 * than the limits within a run leave room for.
 *
 * Priority comes first. Among equals the run that has the fewest attempts running is served, then the one that was
 * served longest ago: fair between runs, whatever their size. Within a run the order is that of `Candidates`; what has to
 * wait for an agent, or for a budget that others have reserved, is passed over.
 */
export function allocate(
  claimants: readonly Claimant[],
  limit: number,
  now: Instant,
  roster: Roster,
  funds: Funds = noFunds,
): readonly Grant[] {
  let free = limit - claimants.reduce((sum, { run }) => sum + run.sets.running.size, 0)
  if (free <= 0) return []
  const slots = new AgentSlots(
    roster,
    claimants.map(({ run }) => run),
  )
  const purse = new Purse(
    funds,
    claimants.map(({ run }) => run),
  )
  const queues = claimants.flatMap((claimant, order) => queueOf(claimant, order, now))
  const grants: Grant[] = []
  while (free > 0 && queues.length > 0) {
    const best = queues.reduce((a, b) => (isBefore(b, a) ? b : a))
    const decision = choose(best.run, best.next.index, { roster, slots, now })
    const payment = decision.kind === 'go' ? purse.ask(best.run, best.next.index, decision.agent) : null
    if (decision.kind === 'wait') best.rest.drop(best.next.demand)
    else if (payment?.kind === 'wait') {
      if (payment.step) best.rest.skip()
      else best.rest.drop(best.next.demand)
    } else if (payment?.kind === 'reached') {
      grants.push({ runId: best.run.id, candidate: best.next, choice: payment })
      best.rest.skip()
    } else {
      const reserved = payment?.reserved ?? null
      if (reserved !== null) purse.take(best.run, best.next.index, reserved)
      if (decision.kind === 'go' && best.run.simulate === 'none') slots.take(decision.agent)
      grants.push({
        runId: best.run.id,
        candidate: best.next,
        choice: decision,
        ...(reserved === null ? {} : { reserved }),
      })
      free--
      best.running++
      best.lastServed = Number.MAX_SAFE_INTEGER - free
      best.rest.take()
    }
    const next = best.rest.best()
    if (next === null) queues.splice(queues.indexOf(best), 1)
    else best.next = next
  }
  return grants
}

type Queue = {
  readonly run: RunState
  readonly order: number
  readonly rest: Candidates
  next: Candidate
  running: number
  lastServed: number
}

function queueOf({ run, lastServed }: Claimant, order: number, now: Instant): Queue[] {
  const running = run.sets.running.size
  const rest = new Candidates(run, now)
  const next = rest.best()
  return next === null ? [] : [{ run, order, rest, next, running, lastServed }]
}

function isBefore(a: Queue, b: Queue): boolean {
  if (a.next.priority !== b.next.priority) return a.next.priority > b.next.priority
  if (a.running !== b.running) return a.running < b.running
  if (a.lastServed !== b.lastServed) return a.lastServed < b.lastServed
  return a.order < b.order
}
