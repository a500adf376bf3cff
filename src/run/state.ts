import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { IndexSet } from '../base/index-set.ts'
import type { Instant, RunId, StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { SortedSet } from '../base/sorted-set.ts'
import type { Vector } from '../base/vector.ts'
import type { Step } from '../plan/plan.ts'
import type { Change } from './change.ts'
import type { Artifact, AttemptResult } from './attempt-result.ts'
import type { AttemptValues, BudgetReached, Order, Reservation, Standstill } from './event.ts'
import type { ReviewResult } from './review.ts'
import type { FirstFailure, Level, Phase } from './level.ts'
import type { PastAttempts } from './past-attempts.ts'

/**
 * What is known of a run: the fold of its events, and nothing else. It is never changed, only replaced; replacing
 * costs a small constant, whatever the size of the run (`Vector`, `IndexSet`, `SortedSet`).
 *
 * Steps are known by their index in `steps`, which grows when a matrix, a `for_each` or a sub-plan is opened.
 */
export type RunState = Order & {
  readonly id: RunId
  readonly submittedAt: Instant
  /** When it was submitted, or retried after it was over. */
  readonly begunAt: Instant
  /** When the first attempt started. */
  readonly startedAt: Instant | null
  readonly finishedAt: Instant | null
  /** That of level 0. */
  readonly phase: Phase
  /** The outcome of the steps, from phase `finally` on; of the whole run, once finished. */
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  readonly firstFailure: FirstFailure | null
  /** How often `cancel` was asked for. */
  readonly cancels: number
  readonly cancelledBy: string | null
  readonly cancelReason: string | null
  /** Why nothing of it can go on, where that is for want of agents or their quota. */
  readonly standstill: Standstill | null
  /** How often it was retried after it was over. */
  readonly retries: number
  readonly steps: Vector<RunStep>
  /** The state of each step. */
  readonly states: Vector<StepState>
  readonly levels: Vector<Level>
  /** Indices of the steps whose state the last event changed: what streams and spans are computed from. */
  readonly changed: readonly number[]
  readonly sets: StepSets
  /** How many attempts run, by agent. */
  readonly runningBy: ReadonlyMap<string, number>
  /** What is due by itself, the earliest first. */
  readonly timers: SortedSet<Timer>
  /** How often each gate has sent its run back. */
  readonly rewinds: ReadonlyMap<number, number>
  /** Steps by how they ended. A step that was opened is not counted, but the steps in it. */
  readonly counts: {
    readonly total: number
    readonly success: number
    readonly failed: number
    readonly skipped: number
  }
}

/** A step as this run has it. */
export type RunStep = {
  /** Inside a sub-plan `sub/step`; an instance is `audit.1`. */
  readonly id: StepId
  readonly spec: Step
  /** The level that it stands in. */
  readonly level: number
  /** Its place in the order of dispatch, see `orderOf`. */
  readonly order: number
  /** Of a matrix or `for_each`: which one, and the names that its expressions see. */
  readonly instance: Instance | null
  /** The level of its instances or of its sub-plan, from the first time on that it was opened. */
  readonly inner: number | null
}

export type Instance = {
  /** From 1. */
  readonly number: number
  /** What tells it from the others, for people: `security`, `linux, 24`. */
  readonly label: string
  readonly names: { readonly matrix: JsonObject } | { readonly item: Json; readonly index: number }
}

/** Steps by what is looked for, as indices. */
export type StepSets = {
  /** Something is to be evaluated: a condition, a question, a list, inputs or outputs. */
  readonly pending: IndexSet
  readonly running: IndexSet
  /** Gates that wait for a person. */
  readonly gates: IndexSet
  /** Lost attempts that wait for a person. */
  readonly held: IndexSet
  /** Steps that wait for a budget. */
  readonly paused: IndexSet
}

/** When a step or a level is due: the end of a back-off, the deadline of a gate or of a level. */
export type Timer = { readonly at: Instant; readonly kind: 'step' | 'level'; readonly index: number }

/**
 * ```
 * waiting -> condition -> ready -> running -> finished
 *    |           |          ^         |
 *    |           |          +-- backing_off   held (lost, waits for a person) -> ready | finished
 *    |           |          +-- paused (waits for a budget)
 *    |           |          running -> gated -> finished                      a change that a person must look at
 *    |           +-> to_open -> gated -> finished                             a gate
 *    |           +-> to_open -> open -> to_close -> finished                  a matrix, for_each or sub-plan
 *    +-> finished (skip)
 * ```
 * A rewind takes any of them back to `waiting`: at once, or when what runs has been stopped (`running` with `voided`,
 * `clearing`). Steps of an earlier opening that the rewind did away with are `dropped`.
 */
export type StepState =
  | { readonly status: 'waiting'; readonly unmet: number; readonly past: PastAttempts }
  /** Dependencies are settled and the rule holds, but `when` is not evaluated yet. */
  | { readonly status: 'condition'; readonly past: PastAttempts }
  /** A gate's question, the list of a `for_each` or the inputs of a sub-plan are to be evaluated. */
  | { readonly status: 'to_open'; readonly past: PastAttempts }
  /** Wants a slot. */
  | {
      readonly status: 'ready'
      readonly attempt: number
      readonly since: Instant
      readonly past: PastAttempts
    }
  | StepRunning
  | { readonly status: 'backing_off'; readonly attempt: number; readonly until: Instant; readonly past: PastAttempts }
  | { readonly status: 'held'; readonly attempt: number; readonly since: Instant; readonly past: PastAttempts }
  | StepPaused
  | StepGated
  | { readonly status: 'open'; readonly since: Instant; readonly past: PastAttempts }
  /** All steps of its sub-plan are over; its outputs are to be evaluated. */
  | { readonly status: 'to_close'; readonly since: Instant; readonly past: PastAttempts }
  | StepClearing
  | { readonly status: 'dropped'; readonly past: PastAttempts }
  | StepFinished

export type StepRunning = {
  readonly status: 'running'
  readonly attempt: number
  readonly agent: string
  /** Why this agent, in words; `null`: nothing was to be chosen. */
  readonly why: string | null
  /** To whom the next attempt can go when this agent cannot do it; the agent itself is one of them. */
  readonly order: readonly string[]
  readonly values: AttemptValues
  readonly startedAt: Instant
  readonly queuedAt: Instant
  /** What is set aside for it; `null`: no budget holds for it. */
  readonly reserved: Reservation | null
  readonly past: PastAttempts
  /** A rewind made it void: it is being stopped, and its result will not count. */
  readonly voided: Voided | null
}

export type Voided = {
  /** Dependencies that are not finished. */
  readonly unmet: number
  /** Whether it is no part of the run afterwards. */
  readonly dropped: boolean
}

export type StepClearing = Voided & {
  readonly status: 'clearing'
  /** Attempts below it that are still being stopped. */
  readonly left: number
  readonly past: PastAttempts
}

export type StepPaused = {
  readonly status: 'paused'
  readonly attempt: number
  readonly since: Instant
  readonly reached: Omit<BudgetReached, 'type' | 'at' | 'step' | 'action'>
  readonly past: PastAttempts
}

export type StepGated = {
  readonly status: 'gated'
  readonly openedAt: Instant
  readonly deadlineAt: Instant
  readonly prompt: string
  readonly past: PastAttempts
  /** The attempt whose change a person must look at; absent: the step itself is the gate. */
  readonly reviewed?: Reviewed
  /** Of an `integrate` that asks: the attempt that met a conflict. */
  readonly conflict?: Conflicted
}

/** An attempt that succeeded and waits: its result becomes the step's when a person approves. */
export type Reviewed = {
  readonly attempt: number
  readonly agent: string
  readonly result: AttemptResult
  readonly review: ReviewResult
}

/** The attempt that a person is asked to resolve the conflict of. */
export type Conflicted = { readonly attempt: number; readonly agent: string; readonly result: AttemptResult }

export type StepFinished = {
  readonly status: 'finished'
  readonly outcome: Outcome
  readonly cause: Cause | null
  readonly skipCause: SkipCause | null
  readonly message: string | null
  readonly agent: string | null
  /** Why this agent, in words; absent: nothing was to be chosen. */
  readonly chosen?: string
  readonly outputs: Json
  readonly artifacts: readonly Artifact[]
  /** `null`: it had no workspace of its own. */
  readonly change: Change | null
  readonly startedAt: Instant | null
  readonly finishedAt: Instant
  readonly past: PastAttempts
  readonly decidedBy: string | null
  /** What was said when its change was approved; absent: nothing. What is said at other gates is their `message`. */
  readonly decidedWith?: string
  /** What the diff gate said of its change; `null`: there was none to look at. */
  readonly review: ReviewResult | null
}
