import type { Cause, Outcome } from '../base/cause.ts'
import type { Instant, StepId } from '../base/ids.ts'
import type { SortedSet } from '../base/sorted-set.ts'
import type { JsonObject } from '../base/json.ts'
import type { Plan } from '../plan/plan.ts'
import type { LevelGraph } from './graph.ts'

/**
 * Steps that depend on each other: those of the plan, those of a sub-plan, or the instances of a matrix or `for_each`.
 * Level 0 is the plan's; every other one belongs to a step of the level around it.
 */
export type Level = LevelFrame & {
  /** `steps`, then `finally` once every step is over, then `finished`. */
  readonly phase: Phase
  /** Steps of the current phase that are not finished. */
  readonly open: number
  /** Why nothing of the current phase may start any more. */
  readonly cut: 'cancelled' | 'timeout' | null
  /** What its steps came to, from `finally` on. */
  readonly verdict: Verdict | null
  /** What it came to as a whole, once finished. */
  readonly end: Verdict | null
  /** The first step that failed and was not forgiven. */
  readonly firstFailure: FirstFailure | null
  /** Attempts that run, here and in levels below. */
  readonly running: number
  /** Steps, here and below, that something other than a person will move. */
  readonly moving: number
  /** Steps, here and below, that only a person can move. */
  readonly people: number
  readonly ledger: Ledger
  /** What wants a slot, by demand: the orders (`RunStep.order`) of its steps, and of each lane below that is not full the first. */
  readonly queues: Queues
  readonly clock: LevelClock
  /** When its time is over if nothing stops its clock. */
  readonly deadlineAt: Instant | null
  /** Whether its steps are part of the run now: not before it is opened, nor after its step was rewound. */
  readonly live: boolean
}

/** What the attempts of a level and of those below it have used, and what is set aside for those that run. */
export type Ledger = {
  readonly usd: number
  /** Input and output. */
  readonly tokens: number
  readonly reservedUsd: number
  readonly reservedTokens: number
  /** Attempts that did not tell: what they used is in no sum. */
  readonly untoldUsd: number
  readonly untoldTokens: number
  /** What people have added to its budget. */
  readonly extraUsd: number
  readonly extraTokens: number
}

/** What does not change while a level is open. */
type LevelFrame = {
  readonly kind: 'plan' | 'instances'
  /** The step that it belongs to; `null` for level 0. */
  readonly owner: number | null
  /** The level around it. */
  readonly parent: number | null
  /** Where its steps' names come from; instances have those of the plan that they stand in. */
  readonly plan: Plan
  readonly inputs: JsonObject
  readonly graph: LevelGraph
  /** Index of its first step. */
  readonly base: number
  /** For how many steps there is room from `base` on: an earlier opening may have had more. */
  readonly capacity: number
  /** The level in whose queue its steps wait: itself when it has a limit of its own, else that of the level around. */
  readonly lane: number
  readonly maxParallel: number | null
  readonly failFast: boolean
  /** The priority of steps that have none of their own. */
  readonly priority: number
  /** How many steps are on the longest way behind its owner. */
  readonly tail: number
  /** `constraints.max_duration`: its clock stands while only people can move it. */
  readonly maxDurationMs: number | null
  /** The `timeout` of a step with a sub-plan: from its opening. */
  readonly timeoutMs: number | null
  readonly openedAt: Instant
}

/** By demand (`demandOf`), the orders of what waits; no queue in it is empty. */
export type Queues = ReadonlyMap<string, SortedSet<number>>

export type Phase = 'steps' | 'finally' | 'finished'
export type Verdict = { readonly outcome: Outcome; readonly cause: Cause | null }
export type FirstFailure = Verdict & { readonly step: StepId }

export type LevelClock = {
  /** Milliseconds that count, up to `since`. */
  readonly activeMs: number
  /** Since when it runs; `null` while it stands. */
  readonly since: Instant | null
  /** Whether an attempt has begun: before that nothing counts. */
  readonly begun: boolean
}

/** Indices of the steps of a level's current phase. */
export function indicesOf(level: Level): readonly number[] {
  const { graph, base, phase } = level
  const [from, to] = phase === 'steps' ? [0, graph.mainCount] : [graph.mainCount, graph.steps.length]
  return Array.from({ length: to - from }, (_, at) => base + from + at)
}

/** Indices of all steps of a level, `finally` last. */
export const allIndicesOf = ({ base, graph }: Pick<Level, 'base' | 'graph'>): readonly number[] =>
  Array.from(graph.steps, (_, at) => base + at)
