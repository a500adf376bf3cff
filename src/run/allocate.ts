import type { Instant, RunId } from '../base/ids.ts'
import { candidates, type Candidate } from './candidates.ts'
import type { RunState } from './state.ts'

/** A run that may want slots, with when (in starts of the engine) it last got one. */
export type Claimant = { readonly run: RunState; readonly lastServed: number }
export type Grant = { readonly runId: RunId; readonly candidate: Candidate }

/**
 * Which attempts start now. The one place where parallelism is limited: the grants and all that runs are never more
 * than `limit`; `candidates` gives no more than the limits within a run leave room for.
 *
 * Priority comes first. Among equals the run that has the fewest attempts running is served, then the one that was
 * served longest ago: fair between runs, whatever their size. Within a run the order is that of `candidates`.
 */
export function allocate(claimants: readonly Claimant[], limit: number, now: Instant): readonly Grant[] {
  let free = limit - claimants.reduce((sum, { run }) => sum + run.sets.running.size, 0)
  if (free <= 0) return []
  const queues = claimants.flatMap((claimant, order) => queueOf(claimant, order, now))
  const grants: Grant[] = []
  while (free > 0 && queues.length > 0) {
    const best = queues.reduce((a, b) => (isBefore(b, a) ? b : a))
    grants.push({ runId: best.run.id, candidate: best.next })
    free--
    best.running++
    best.lastServed = Number.MAX_SAFE_INTEGER - free
    const more = best.rest.next()
    if (more.done === true) queues.splice(queues.indexOf(best), 1)
    else best.next = more.value
  }
  return grants
}

type Queue = {
  readonly run: RunState
  readonly order: number
  readonly rest: Iterator<Candidate>
  next: Candidate
  running: number
  lastServed: number
}

function queueOf({ run, lastServed }: Claimant, order: number, now: Instant): Queue[] {
  const running = run.sets.running.size
  const rest = candidates(run, now)
  const first = rest.next()
  return first.done === true ? [] : [{ run, order, rest, next: first.value, running, lastServed }]
}

function isBefore(a: Queue, b: Queue): boolean {
  if (a.next.priority !== b.next.priority) return a.next.priority > b.next.priority
  if (a.running !== b.running) return a.running < b.running
  if (a.lastServed !== b.lastServed) return a.lastServed < b.lastServed
  return a.order < b.order
}
