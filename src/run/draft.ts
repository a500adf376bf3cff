import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { Step } from '../plan/plan.ts'
import { skipCauseOf, standingOf } from './rule.ts'
import {
  noAttempts,
  type PastAttempts,
  type RunState,
  type StepFinished,
  type StepSets,
  type StepState,
} from './state.ts'

/** In which set a step is looked for while it has a status. */
const setOf: { readonly [Status in StepState['status']]: keyof StepSets | null } = {
  waiting: null,
  condition: 'conditions',
  ready: 'ready',
  running: 'running',
  backing_off: 'backingOff',
  held: 'held',
  gate_to_open: 'gatesToOpen',
  gated: 'gates',
  finished: null,
}

/**
 * The next state in the making: collects what one event changes, then becomes a `RunState`.
 * It keeps sets, counters and dependants in step with the states, so that `reduce` only says what happened to a step.
 */
export class Draft {
  readonly run: RunState
  readonly at: Instant
  readonly #changes = new Map<number, StepState>()
  readonly #sets: { -readonly [Name in keyof StepSets]: StepSets[Name] }
  readonly #counts: { success: number; failed: number; skipped: number }
  #open: number
  #phase: RunState['phase']
  #firstFailure: RunState['firstFailure']

  constructor(run: RunState, at: Instant) {
    this.run = run
    this.at = at
    this.#sets = { ...run.sets }
    this.#counts = { ...run.counts }
    this.#open = run.open
    this.#phase = run.phase
    this.#firstFailure = run.firstFailure
  }

  state(index: number): StepState {
    return this.#changes.get(index) ?? this.run.steps.get(index)
  }

  step(index: number): Step {
    return this.run.graph.nodes[index]!.step // indices come from the graph
  }

  /** The steps or the finally of the plan: the indices of the phase that runs. */
  *indices(): Iterable<number> {
    const { mainCount, nodes } = this.run.graph
    const [from, to] = this.#phase === 'steps' ? [0, mainCount] : [mainCount, nodes.length]
    for (let index = from; index < to; index++) yield index
  }

  move(index: number, next: StepState): void {
    const rank = this.run.graph.rankOf[index]!
    const from = setOf[this.state(index).status]
    const to = setOf[next.status]
    if (from !== null) this.#sets[from] = this.#sets[from].without(rank)
    if (to !== null) this.#sets[to] = this.#sets[to].with(rank)
    this.#changes.set(index, next)
  }

  /** Ends a step and settles whoever waited for it, and in turn those whom that skips. */
  finish(index: number, end: StepEnd): void {
    this.end(index, end)
    const ended = [index]
    for (const done of ended) {
      for (const dependent of this.run.graph.nodes[done]!.dependents) {
        const state = this.state(dependent)
        if (state.status !== 'waiting') continue
        this.move(dependent, { status: 'waiting', unmet: state.unmet - 1 })
        if (state.unmet > 1) continue
        const skipCause = this.#skipCause(dependent)
        if (skipCause === null) this.admit(dependent)
        else {
          this.end(dependent, skipped({ skipCause }))
          ended.push(dependent)
        }
      }
    }
  }

  /** Lets a step go on whose rule holds: to its condition, else straight to work. */
  admit(index: number): void {
    if (this.step(index).when === null) this.release(index)
    else this.move(index, { status: 'condition' })
  }

  /** A step's condition holds: it wants a slot, or a person. */
  release(index: number): void {
    if (this.step(index).body.kind === 'approval') this.move(index, { status: 'gate_to_open' })
    else this.move(index, { status: 'ready', attempt: 1, since: this.at, past: noAttempts })
  }

  /** Takes the next phase up when nothing of this one is open: releases its roots, or ends it when it is empty. */
  advance(next: RunState['phase'], open: number): void {
    this.#phase = next
    this.#open = open
    if (next === 'finished') return
    for (const index of this.indices()) if (this.step(index).dependsOn.length === 0) this.admit(index)
  }

  get open(): number {
    return this.#open
  }
  get phase(): RunState['phase'] {
    return this.#phase
  }
  get firstFailure(): RunState['firstFailure'] {
    return this.#firstFailure
  }
  get sets(): StepSets {
    return this.#sets
  }
  get counts(): RunState['counts'] {
    return this.#counts
  }
  get changes(): ReadonlyMap<number, StepState> {
    return this.#changes
  }

  /** Ends a step alone: for when all others end too. */
  end(index: number, end: StepEnd): void {
    const step = this.step(index)
    const state: StepFinished = { status: 'finished', ...notStarted, ...end, finishedAt: this.at }
    this.move(index, state)
    this.#open--
    if (end.outcome === 'success') this.#counts.success++
    else if (end.outcome === 'skip') this.#counts.skipped++
    else this.#counts.failed++
    if (standingOf(step, state) === 'failed') {
      this.#firstFailure ??= { step: step.id, outcome: end.outcome, cause: end.cause }
    }
  }

  #skipCause(index: number): SkipCause | null {
    const standings = this.run.graph.nodes[index]!.dependsOn.map(
      (need) => standingOf(this.step(need), this.state(need) as StepFinished), // `unmet` reached 0: all are finished
    )
    return skipCauseOf(this.step(index).triggerRule, standings)
  }
}

/** What `finish` must be told; the rest is as for a step that never started. */
export type StepEnd = { readonly outcome: Outcome; readonly cause: Cause | null } & Partial<
  Omit<StepFinished, 'status' | 'finishedAt'>
>

const notStarted = {
  skipCause: null,
  message: null,
  agent: null,
  outputs: {},
  startedAt: null,
  past: noAttempts,
  decidedBy: null,
}

/** The end of a step that was never started. `cause` only where the run was cut off, not for a condition or an upstream. */
export const skipped = (why: { skipCause?: SkipCause; cause?: Cause }): StepEnd => ({
  outcome: 'skip',
  cause: why.cause ?? null,
  skipCause: why.skipCause ?? null,
})

/** The attempts of a step so far, in whatever state it is. */
export function pastOf(state: StepState): PastAttempts {
  return 'past' in state ? state.past : noAttempts
}
