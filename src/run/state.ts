import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { IndexSet } from '../base/index-set.ts'
import type { Instant, RunId, StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Vector } from '../base/vector.ts'
import type { Plan } from '../plan/plan.ts'
import type { AttemptValues, PlanSource, Simulate, Usage } from './event.ts'
import type { RunGraph } from './graph.ts'

/**
 * What is known of a run: the fold of its events, and nothing else. It is never changed, only replaced; replacing
 * costs a small constant, whatever the size of the run (`Vector`, `IndexSet`).
 *
 * Steps are known by their index in `graph`; sets of steps hold ranks (the order of dispatch), see `RunGraph`.
 */
export type RunState = {
  readonly id: RunId
  readonly plan: Plan
  readonly graph: RunGraph
  readonly inputs: JsonObject
  readonly source: PlanSource
  readonly simulate: Simulate
  readonly path: string | null
  readonly requestId: string | null
  readonly submittedAt: Instant
  /** When the first attempt started. */
  readonly startedAt: Instant | null
  readonly finishedAt: Instant | null
  /** `steps`, then `finally` once every step is over, then `finished`. */
  readonly phase: 'steps' | 'finally' | 'finished'
  /** The outcome of the steps, from phase `finally` on; of the whole run, once finished. */
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  /** The first step that failed and was not forgiven. */
  readonly firstFailure: { readonly step: StepId; readonly outcome: Outcome; readonly cause: Cause | null } | null
  readonly cancelledBy: string | null
  readonly steps: Vector<StepState>
  /** Indices of the steps whose state the last event changed: what streams and spans are computed from. */
  readonly changed: readonly number[]
  /** Steps of the current phase that are not finished. */
  readonly open: number
  readonly sets: StepSets
  /** How often `cancel` was asked for. */
  readonly cancels: number
  readonly cancelReason: string | null
  /** The clock of `max_duration`: it stands while the run waits only for people. */
  readonly clock: RunClock
  readonly counts: { readonly success: number; readonly failed: number; readonly skipped: number }
}

/** Steps by what they wait for, as ranks. */
export type StepSets = {
  /** Dependencies are settled and the rule holds, but `when` is not evaluated yet. */
  readonly conditions: IndexSet
  /** Wants a slot. */
  readonly ready: IndexSet
  readonly running: IndexSet
  readonly backingOff: IndexSet
  /** Approval steps that are to be opened. */
  readonly gatesToOpen: IndexSet
  readonly gates: IndexSet
  /** Lost attempts that wait for a person. */
  readonly held: IndexSet
}

export type RunClock = {
  /** Milliseconds that count, up to `since`. */
  readonly activeMs: number
  /** Since when it runs; `null` while it stands. */
  readonly since: Instant | null
  /** That `max_duration` (or the time of `finally`) is over. */
  readonly expired: boolean
}

/**
 * ```
 * waiting -> condition -> ready -> running -> finished
 *    |           |          ^         |
 *    |           |          +-- backing_off   held (lost, waits for a person) -> ready | finished
 *    |           +-> gate_to_open -> gated -> finished
 *    +-> finished (skip)
 * ```
 */
export type StepState =
  | { readonly status: 'waiting'; readonly unmet: number }
  | { readonly status: 'condition' }
  | { readonly status: 'ready'; readonly attempt: number; readonly since: Instant; readonly past: PastAttempts }
  | {
      readonly status: 'running'
      readonly attempt: number
      readonly agent: string
      readonly values: AttemptValues
      readonly startedAt: Instant
      readonly queuedAt: Instant
      readonly past: PastAttempts
    }
  | { readonly status: 'backing_off'; readonly attempt: number; readonly until: Instant; readonly past: PastAttempts }
  | { readonly status: 'held'; readonly attempt: number; readonly since: Instant; readonly past: PastAttempts }
  | { readonly status: 'gate_to_open' }
  | { readonly status: 'gated'; readonly openedAt: Instant; readonly deadlineAt: Instant; readonly prompt: string }
  | StepFinished

export type StepFinished = {
  readonly status: 'finished'
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skipCause: SkipCause | null
  readonly message: string | null
  readonly agent: string | null
  readonly outputs: Json
  readonly startedAt: Instant | null
  readonly finishedAt: Instant
  readonly past: PastAttempts
  readonly decidedBy: string | null
}

/** What the attempts of a step came to so far. */
export type PastAttempts = {
  readonly count: number
  /** Attempts since the last rewind: what `retry.max_attempts` is held against. */
  readonly tries: number
  /** How often an attempt was lost with its processes. */
  readonly losses: number
  readonly firstStartedAt: Instant | null
  readonly lastCause: Cause | null
  readonly lastMessage: string | null
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly exitCode: number | null
  /** Whether the simulated agent made any of it up. */
  readonly simulated: boolean
}

export const noAttempts: PastAttempts = {
  count: 0,
  tries: 0,
  losses: 0,
  firstStartedAt: null,
  lastCause: null,
  lastMessage: null,
  usage: null,
  costUsd: null,
  exitCode: null,
  simulated: false,
}

/** The state of a step by its id; `undefined` for an id that the plan does not have. */
export function stepState(run: RunState, id: StepId): StepState | undefined {
  const index = run.graph.indexOf.get(id)
  return index === undefined ? undefined : run.steps.get(index)
}
