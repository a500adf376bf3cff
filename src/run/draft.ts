import { noIndices, type IndexSet } from '../base/index-set.ts'
import type { Instant } from '../base/ids.ts'
import { SortedSet } from '../base/sorted-set.ts'
import type { Step } from '../plan/plan.ts'
import { deadlineOf, clockAfter } from './clock.ts'
import { demandOf } from './demand.ts'
import type { Standstill } from './event.ts'
import { lanesOf, type Offers, offersOf, requeued } from './lane.ts'
import type { Level } from './level.ts'
import type { RunState, RunStep, StepSets, StepState, Timer } from './state.ts'

/** In which set a step is looked for while it has a status. */
const setOf: { readonly [Status in StepState['status']]?: keyof StepSets } = {
  condition: 'pending',
  to_open: 'pending',
  to_close: 'pending',
  running: 'running',
  gated: 'gates',
  held: 'held',
  paused: 'paused',
}

const moving: ReadonlySet<StepState['status']> = new Set([
  'condition', 'to_open', 'to_close', 'ready', 'running', 'backing_off',
] as const) // prettier-ignore
const people: ReadonlySet<StepState['status']> = new Set(['gated', 'held', 'paused'] as const)

/**
 * The next state in the making: collects what one event changes, then becomes a `RunState`. It keeps sets, queues,
 * timers and counters in step with the states, so that whoever uses it only says what happened to a step.
 */
export class Draft {
  readonly run: RunState
  readonly at: Instant
  /** Steps whose instances stand in the plan, so that they are opened with this very event. */
  readonly toOpen: number[] = []
  /** See `RunState.standstill`. */
  standstill: Standstill | null
  readonly counts: { total: number; success: number; failed: number; skipped: number }
  readonly #states = new Map<number, StepState>()
  readonly #steps = new Map<number, RunStep>()
  readonly #levels = new Map<number, Level>()
  readonly #newStates: StepState[] = []
  readonly #newSteps: RunStep[] = []
  readonly #newLevels: Level[] = []
  readonly #emptied: number[] = []
  #runningBy: ReadonlyMap<string, number>
  readonly #sets: { -readonly [Name in keyof StepSets]: IndexSet }
  #timers: SortedSet<Timer>

  constructor(run: RunState, at: Instant) {
    this.run = run
    this.at = at
    this.standstill = run.standstill
    this.counts = { ...run.counts }
    this.#sets = { ...run.sets }
    this.#timers = run.timers
    this.#runningBy = run.runningBy
  }

  state(index: number): StepState {
    return this.#states.get(index) ?? this.#newStates[index - this.run.states.length] ?? this.run.states.get(index)
  }

  step(index: number): RunStep {
    return this.#steps.get(index) ?? this.#newSteps[index - this.run.steps.length] ?? this.run.steps.get(index)
  }

  spec(index: number): Step {
    return this.step(index).spec
  }

  level(number: number): Level {
    return this.#levels.get(number) ?? this.#newLevels[number - this.run.levels.length] ?? this.run.levels.get(number)
  }

  /** The level that a step stands in. */
  levelOf(index: number): Level {
    return this.level(this.step(index).level)
  }

  get stepCount(): number {
    return this.run.steps.length + this.#newSteps.length
  }
  get levelCount(): number {
    return this.run.levels.length + this.#newLevels.length
  }

  setStep(index: number, step: RunStep): void {
    const at = index - this.run.steps.length
    if (at >= 0) this.#newSteps[at] = step
    else this.#steps.set(index, step)
  }

  setLevel(number: number, level: Level): void {
    if (level.open === 0 && level.phase !== 'finished') this.#emptied.push(number)
    const at = number - this.run.levels.length
    if (at >= 0) this.#newLevels[at] = level
    else this.#levels.set(number, level)
  }

  patchLevel(number: number, patch: Partial<Level>): void {
    this.setLevel(number, { ...this.level(number), ...patch })
  }

  /** The next level in which nothing of its phase is open any more. */
  emptied(): number | null {
    for (let number = this.#emptied.pop(); number !== undefined; number = this.#emptied.pop()) {
      const { open, phase, live } = this.level(number)
      if (open === 0 && phase !== 'finished' && live) return number
    }
    return null
  }

  addStep(step: RunStep, state: StepState): void {
    this.#newSteps.push(step)
    this.#newStates.push(state)
  }

  /** Gives a step its next state. */
  move(index: number, next: StepState): void {
    const was = this.state(index)
    const at = index - this.run.states.length
    if (at >= 0) this.#newStates[at] = next
    else this.#states.set(index, next)
    const [from, to] = [setOf[was.status], setOf[next.status]]
    if (from !== to) {
      if (from !== undefined) this.#sets[from] = this.#sets[from].without(index)
      if (to !== undefined) this.#sets[to] = this.#sets[to].with(index)
    }
    const [due, dueNext] = [dueOf(was), dueOf(next)]
    if (due !== dueNext) {
      if (due !== null) this.#timers = this.#timers.without({ at: due, kind: 'step', index })
      if (dueNext !== null) this.#timers = this.#timers.with({ at: dueNext, kind: 'step', index })
    }
    if (was.status === 'running' && next.status !== 'running') this.#countRunning(was.agent, -1)
    if (next.status === 'running' && was.status !== 'running') {
      this.#countRunning(next.agent, 1)
      this.standstill = null
    }
    if (was.status !== next.status) this.#count(index, was, next)
  }

  #countRunning(agent: string, by: number): void {
    const counts = new Map(this.#runningBy)
    const count = (counts.get(agent) ?? 0) + by
    if (count === 0) counts.delete(agent)
    else counts.set(agent, count)
    this.#runningBy = counts
  }

  /** Brings the counters of the levels around a step up to date, and the queues in which it waits or is waited for. */
  #count(index: number, { status: was, past }: StepState, { status: next, past: nextPast }: StepState): void {
    const step = this.step(index)
    const { level: own, order } = step
    const lanes = lanesOf(own, (number) => this.level(number))
    // What the outermost lane offers, nobody takes up.
    const offers = lanes.slice(0, -1).map((number) => offersOf(this.level(number)))
    const by = {
      running: Number(next === 'running') - Number(was === 'running'),
      moving: Number(moving.has(next)) - Number(moving.has(was)),
      people: Number(people.has(next)) - Number(people.has(was)),
    }
    if (by.running !== 0 || by.moving !== 0 || by.people !== 0) {
      for (let number: number | null = own; number !== null; number = this.level(number).parent) {
        const level = this.level(number)
        this.patchLevel(number, {
          running: level.running + by.running,
          moving: level.moving + by.moving,
          people: level.people + by.people,
        })
      }
    }
    if (was === 'ready') this.#requeue(lanes[0]!, demandOf(step, past), order, undefined)
    if (next === 'ready') this.#requeue(lanes[0]!, demandOf(step, nextPast), undefined, order)
    for (const [at, before] of offers.entries()) this.#reoffer(lanes[at + 1]!, before, offersOf(this.level(lanes[at]!)))
  }

  #reoffer(around: number, before: Offers, now: Offers): void {
    for (const demand of new Set([...before.keys(), ...now.keys()])) {
      const [out, into] = [before.get(demand), now.get(demand)]
      if (out !== into) this.#requeue(around, demand, out, into)
    }
  }

  #requeue(lane: number, demand: string, out: number | undefined, into: number | undefined): void {
    this.patchLevel(lane, { queues: requeued(this.level(lane).queues, demand, out, into) })
  }

  /** What the draft has come to. `changes`: what no step and no level holds. */
  toRun(changes: Partial<RunState>): RunState {
    this.#setClocks()
    const { run } = this
    const levels = run.levels.with(this.#levels).append(this.#newLevels)
    const { phase, verdict, end, firstFailure } = levels.get(0)
    return {
      ...run,
      ...changes,
      phase,
      standstill: phase === 'finished' ? null : this.standstill,
      outcome: (end ?? verdict)?.outcome ?? null,
      cause: (end ?? verdict)?.cause ?? null,
      firstFailure,
      steps: run.steps.with(this.#steps).append(this.#newSteps),
      states: run.states.with(this.#states).append(this.#newStates),
      levels,
      changed: [...this.#states.keys(), ...Array.from(this.#newStates, (_, at) => run.states.length + at)],
      sets: this.#sets,
      timers: this.#timers,
      runningBy: this.#runningBy,
      counts: this.counts,
    }
  }

  /** Starts and stops the clocks of the levels that have a limit of time. */
  #setClocks(): void {
    const stands = this.standstill !== null
    const isOther = stands !== (this.run.standstill !== null)
    const all = this.run.levels.length
    const known = isOther ? Array.from({ length: all }, (_, number) => number) : this.#levels.keys()
    const fresh = Array.from(this.#newLevels, (_, at) => all + at)
    for (const number of [...known, ...fresh]) {
      const level = this.level(number)
      const clock = clockAfter(level, this.at, stands)
      const deadlineAt = deadlineOf(level, clock)
      if (level.deadlineAt !== deadlineAt) {
        const timer = { kind: 'level', index: number } as const
        if (level.deadlineAt !== null) this.#timers = this.#timers.without({ ...timer, at: level.deadlineAt })
        if (deadlineAt !== null) this.#timers = this.#timers.with({ ...timer, at: deadlineAt })
      }
      if (clock !== level.clock || deadlineAt !== level.deadlineAt)
        this.setLevel(number, { ...level, clock, deadlineAt })
    }
  }

  /** The steps whose back-off, or whose wait for a budget of another day, is over at the draft's time. */
  *overdue(): Generator<{ readonly index: number; readonly state: StepState }> {
    for (const { at, kind, index } of this.#timers) {
      if (at > this.at) return
      const state = kind === 'step' ? this.state(index) : null
      if (state?.status === 'backing_off' || state?.status === 'paused') yield { index, state }
    }
  }
}

const dueOf = (state: StepState): Instant | null =>
  state.status === 'gated'
    ? state.deadlineAt
    : state.status === 'backing_off'
      ? state.until
      : state.status === 'paused'
        ? state.reached.until
        : null

const compareTimers = (a: Timer, b: Timer): number =>
  a.at - b.at || a.index - b.index || (a.kind === b.kind ? 0 : a.kind === 'step' ? -1 : 1)

export const noTimers: SortedSet<Timer> = SortedSet.empty(compareTimers)
export const noSets: StepSets = {
  pending: noIndices,
  running: noIndices,
  gates: noIndices,
  held: noIndices,
  paused: noIndices,
}
