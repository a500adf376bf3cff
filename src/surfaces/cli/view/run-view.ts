import type { Cause, Outcome, SkipCause } from '../../../base/cause.ts'
import type { Instant } from '../../../base/ids.ts'
import type { Standstill } from '../../../run/event.ts'
import type { StepResponse } from '../../../ports/response.ts'

/**
 * A run as it is shown while it goes on: a snapshot, kept up to date by facts. Steps are in the plan's order, and what
 * is inside of a step follows it. It is changed in place, because a run of thousands of steps is redrawn ten times a
 * second.
 */
export type RunView = {
  readonly runId: string
  readonly plan: string
  readonly simulated: boolean
  /** Whether nothing in the run could answer gates in a person's place. */
  gatesProtected: boolean
  readonly submittedAt: Instant
  steps: readonly StepView[]
  readonly byId: Map<string, StepView>
  /** Steps that were opened are not counted, but the steps in them. */
  readonly counts: { [status in StepShown['status']]: number }
  /** Finished steps that neither succeeded, were skipped nor cancelled. */
  failed: number
  cancelled: number
  skipped: number
  cancels: number
  finally: boolean
  finishedAt: Instant | null
  /** Why nothing of it goes on, where that is for want of agents or their quota. */
  standstill: Omit<Standstill, 'until'> | null
}

export type StepView = {
  readonly id: string
  readonly kind: StepResponse['kind']
  readonly label: string | null
  readonly finally: boolean
  /** The step whose instance it is, or whose sub-plan it belongs to. */
  readonly inside: string | null
  readonly dependsOn: readonly string[]
  /** When its first attempt started, or its gate opened. */
  begunAt: Instant | null
  /** Others that changed the same files, with these. */
  readonly overlaps: Map<string, readonly string[]>
  /** How many steps are inside of it now. */
  contains: number
  shown: StepShown
}

/** What is known of a step at this moment. */
export type StepShown =
  | { readonly status: 'waiting' }
  | { readonly status: 'queued'; readonly attempt: number; readonly since: Instant | null }
  | {
      readonly status: 'running'
      readonly attempt: number
      readonly agent: string
      /** Of this attempt; `null` when a snapshot does not tell. */
      readonly startedAt: Instant | null
      /** Why the attempt was no success, once its result is there; what becomes of the step is told right behind. */
      readonly cause: Cause | null
    }
  | {
      readonly status: 'retrying'
      readonly attempt: number
      readonly until: Instant | null
      readonly cause: Cause | null
    }
  | {
      readonly status: 'gated'
      readonly prompt: string
      readonly openedAt: Instant
      readonly deadlineAt: Instant | null
      /** Of a gate on a change: what the answer is bound to. */
      readonly tree: string | null
    }
  | { readonly status: 'held' }
  /** Waits for a budget. */
  | { readonly status: 'paused'; readonly why: string }
  /** A matrix, `for_each` or sub-plan whose steps are under way. */
  | { readonly status: 'open'; readonly since: Instant | null; readonly contains: number }
  | StepEnded

export type StepEnded = {
  readonly status: 'finished'
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skipCause: SkipCause | null
  readonly message: string | null
  readonly attempts: number
  readonly startedAt: Instant | null
  readonly finishedAt: Instant
}

/** Counts what is shown of a step in (1) or out (-1). */
export function count(view: RunView, shown: StepShown, by: 1 | -1): void {
  view.counts[shown.status] += by
  if (shown.status !== 'finished') return
  if (shown.outcome === 'skip') view.skipped += by
  else if (shown.outcome === 'cancellation') view.cancelled += by
  else if (shown.outcome !== 'success') view.failed += by
}

/** How many steps there are, those that were opened not counted. */
export const totalOf = ({ counts }: RunView): number => Object.values(counts).reduce((sum, amount) => sum + amount, 0)

/** Whether only people seem to be able to move the run; the holder has the last word (`waiting_for`). */
export function seemsToWait({ counts, finishedAt, standstill }: RunView): boolean {
  if (finishedAt !== null || counts.running + counts.retrying > 0) return false
  if (standstill !== null) return standstill.needsPerson
  return counts.gated + counts.held + counts.paused > 0 && counts.queued === 0
}
