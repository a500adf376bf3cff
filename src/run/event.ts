import type { Instant, RunId, StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Plan } from '../plan/plan.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { RunContext } from './change.ts'

/**
 * A fact that the past could not predict. The journal holds exactly these; what follows from them (ready, skipped,
 * finished) is computed by `reduce`. Members are only ever added, so that old journals keep folding to the same state.
 */
export type RunEvent =
  | RunSubmitted
  | ConditionEvaluated
  | ExpressionFailed
  | AttemptStarted
  | AttemptFinished
  | AttemptLost
  | AttemptDecided
  | GateOpened
  | GateDecided
  | DeadlineReached
  | CancelRequested
  | ItemsEvaluated
  | InputsEvaluated
  | OutputsEvaluated
  | RetryRequested
  | BudgetReached
  | BudgetRaised
  | StandstillChanged

/** A run came into being. Always the first event of a run. */
export type RunSubmitted = Order & {
  readonly type: 'run_submitted'
  readonly at: Instant
}

/** What a run is to do, and who wants it: known when it is submitted, and never changed. */
export type Order = {
  readonly plan: Plan
  /** What `inputs` were resolved to. */
  readonly inputs: JsonObject
  readonly source: PlanSource
  readonly simulate: Simulate
  /** The submitter's PATH: shell steps find the same programs as the person did. */
  readonly path: string | null
  readonly requestId: string | null
  /** The plan's `context`, resolved; absent: it has none, or everything is simulated. */
  readonly context?: RunContext
  /** Where the report is written before a step that reads `run.report`, absolute; absent: none does. */
  readonly report?: string
}

/** Where a plan came from; paths in it are relative to `projectFolder`. */
export type PlanSource = {
  readonly file: string
  readonly sha256: string
  readonly projectFolder: string
  /** The file is a request, of which the plan was made. */
  readonly isRequest?: true
}

/** Which steps the simulated agent stands in for: none, the agents' only, or all. */
export type Simulate = 'none' | 'agents' | 'all'

/** The value of a step's `when`. */
export type ConditionEvaluated = {
  readonly type: 'condition_evaluated'
  readonly at: Instant
  readonly step: StepId
  readonly value: boolean
}

/** An expression of a step could not be evaluated, so the step ends as a failure without an attempt. */
export type ExpressionFailed = {
  readonly type: 'expression_failed'
  readonly at: Instant
  readonly step: StepId
  readonly message: string
}

/** The intent to start an attempt. Durable before anything is started; from here on the attempt holds its slot. */
export type AttemptStarted = {
  readonly type: 'attempt_started'
  readonly at: Instant
  readonly step: StepId
  /** From 1; numbers of a step never repeat. */
  readonly attempt: number
  /** Registry name of the agent; `shell` for `run`. */
  readonly agent: string
  /** What is set aside for it until it is over; absent: no budget holds for it. */
  readonly reserved?: Reservation
  /** Why this agent, in words; absent: nothing was to be chosen. */
  readonly why?: string
  /** Who could do the step, in order; absent: nobody else. */
  readonly order?: readonly string[]
  /** What the step's templates came to, as used: env without secrets, and the prompt. */
  readonly values: AttemptValues
}

export type Reservation = {
  readonly usd: number
  readonly tokens: number
  /** Where the amounts are from, for people. */
  readonly why: string
  /** The most that it may cost before a budget is overrun; absent: no budget limits the money. */
  readonly capUsd?: number
}

export type AttemptValues = {
  readonly env: { readonly [name: string]: string }
  readonly prompt: string | null
  readonly with: JsonObject
}

export type AttemptFinished = {
  readonly type: 'attempt_finished'
  readonly at: Instant
  readonly step: StepId
  readonly attempt: number
  /** Who did it, for those who read this event alone; absent in journals of older orchd. */
  readonly agent?: string
  readonly result: AttemptResult
  /** What it did to the credential that the attempt used; absent: nothing. */
  readonly parked?: Parked
}

/** From now on nobody uses this credential until then, or, with `null`, until a person or another configuration says so. */
export type Parked = {
  readonly credential: string
  readonly until: Instant | null
  /** The attempt says nothing about its step, which is tried again at no cost (an overloaded service: up to five times). */
  readonly free?: true
}

/** Nobody saw how the attempt ended, and no result was left: the step's `on_crash` says what happens. */
export type AttemptLost = {
  readonly type: 'attempt_lost'
  readonly at: Instant
  readonly step: StepId
  readonly attempt: number
  /** As in `attempt_finished`. */
  readonly agent?: string
  /** What is known of how it was lost, for people; absent: nothing but that. */
  readonly message?: string
}

/** A person said what to do with an attempt that was lost under `on_crash: ask`. */
export type AttemptDecided = {
  readonly type: 'attempt_decided'
  readonly at: Instant
  readonly step: StepId
  readonly decision: 'rerun' | 'skip' | 'fail'
  readonly by: string
}

export type GateOpened = {
  readonly type: 'gate_opened'
  readonly at: Instant
  readonly step: StepId
  /** The question, evaluated. */
  readonly prompt: string
}

/** `by: null` is the gate's own timeout: unanswered is rejected. */
export type GateDecided = {
  readonly type: 'gate_decided'
  readonly at: Instant
  readonly step: StepId
  readonly decision: 'approve' | 'reject'
  readonly by: string | null
  readonly comment: string | null
  /** Of a gate on a change: the tree that was decided on. It decides nothing where that is not the gate's. */
  readonly tree?: string
  /** Likewise: the hash of the rules that held by then, where they are others than those of the review. */
  readonly policy?: string
}

/** A limit of time was reached: the run's `max_duration`, or the time that `finally` has. */
export type DeadlineReached = {
  readonly type: 'deadline_reached'
  readonly at: Instant
  readonly phase: 'steps' | 'finally'
  /** The step whose sub-plan's limit it is; absent or `null`: the run's own. */
  readonly level?: StepId | null
}

/** The first cancels the steps (finally still runs), the second stops finally too. */
export type CancelRequested = {
  readonly type: 'cancel_requested'
  readonly at: Instant
  readonly by: string
  readonly reason: string | null
}

/** What the list of a step's `for_each` came to. */
export type ItemsEvaluated = {
  readonly type: 'items_evaluated'
  readonly at: Instant
  readonly step: StepId
  readonly items: readonly Json[]
}

/** What a sub-plan's inputs came to, defaults filled in. */
export type InputsEvaluated = {
  readonly type: 'inputs_evaluated'
  readonly at: Instant
  readonly step: StepId
  readonly inputs: JsonObject
}

/** What a sub-plan's outputs came to; those that have no value are absent. */
export type OutputsEvaluated = {
  readonly type: 'outputs_evaluated'
  readonly at: Instant
  readonly step: StepId
  readonly outputs: JsonObject
}

/** A person had steps run again: `from` and all that comes behind it (`only`: just that step), or whatever failed. */
export type RetryRequested = {
  readonly type: 'retry_requested'
  readonly at: Instant
  readonly from: StepId | null
  readonly only: boolean
  readonly by: string
}

/** The next attempt of a step was not started: a budget does not allow it. */
export type BudgetReached = {
  readonly type: 'budget_reached'
  readonly at: Instant
  readonly step: StepId
  /** Whose budget: the run's, that of the step `owner`, or that of a day of the state folder. */
  readonly of: 'run' | 'step' | 'day'
  readonly owner: StepId | null
  /** When a day's is over. */
  readonly until: Instant | null
  readonly unit: 'usd' | 'tokens'
  readonly limit: number
  readonly left: number
  /** What the attempt is thought to use. */
  readonly needs: number
  readonly action: 'pause' | 'fail'
}

/** A person allowed so much more, for the budgets that steps wait for, else for the run's; the steps are tried again. */
export type BudgetRaised = {
  readonly type: 'budget_raised'
  readonly at: Instant
  readonly by: string
  readonly usd: number
  readonly tokens: number
}

/** Nothing of the run can go on for want of agents or their quota; `null`: that is over, as it also is when an attempt starts. */
export type StandstillChanged = {
  readonly type: 'standstill_changed'
  readonly at: Instant
  readonly standstill: Standstill | null
}

/** All that a run could start waits for agents, or for the quota of their credentials. Its limits of time stand still. */
export type Standstill = {
  readonly for: 'quota' | 'agent'
  /** For people: `codex parked until 17:40 UTC (usage_limit)`. */
  readonly why: string
  /** When the first of them can be used again, where that is known. */
  readonly until: Instant | null
  /** Whether it does not end by itself: credentials are stopped. */
  readonly needsPerson: boolean
}

/** An event in its place: `seq` counts over the whole journal, from 1, without gaps within one state folder. */
export type JournalEvent = { readonly seq: number; readonly runId: RunId; readonly event: RunEvent }
