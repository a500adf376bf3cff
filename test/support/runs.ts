import { runId, stepId, type RunId } from '../../src/base/ids.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import type { AttemptValues, RunEvent } from '../../src/run/event.ts'
import { candidates } from '../../src/run/candidates.ts'
import { decide } from '../../src/run/decide.ts'
import { indexOf, stepState } from '../../src/run/find.ts'
import { reduce } from '../../src/run/reduce.ts'
import { attemptValues } from '../../src/run/scope.ts'
import type { RunState, StepFinished } from '../../src/run/state.ts'

export const someRun: RunId = runId('r00000000000000')

export const success: AttemptResult = { ...bareResult('success', null, null), exitCode: 0 }
export const failure: AttemptResult = {
  ...success,
  outcome: 'failure',
  cause: 'exit_nonzero',
  exitCode: 1,
  message: 'exit 1',
}

/** Drives the kernel alone: the test says what happens, the kernel what follows. */
export class KernelRun {
  state: RunState
  now = 1_000_000
  readonly events: RunEvent[] = []

  constructor(plan: Plan) {
    const event: RunEvent = {
      type: 'run_submitted',
      at: this.now,
      plan,
      inputs: {},
      source: { file: 'plan.yaml', sha256: '', projectFolder: '/project' },
      simulate: 'none',
      path: null,
      requestId: null,
    }
    this.events.push(event)
    this.state = reduce(null, { seq: 1, runId: someRun, event })
    this.settle()
  }

  apply(event: RunEvent): this {
    this.events.push(event)
    this.state = reduce(this.state, { seq: this.events.length, runId: someRun, event })
    return this
  }

  /** Takes up all that is due by itself. */
  settle(): this {
    for (;;) {
      const { events } = decide(this.state, this.now)
      if (events.length === 0) return this
      for (const event of events) this.apply(event)
    }
  }

  pass(ms: number): this {
    this.now += ms
    return this.settle()
  }

  /** The ids of the steps that could start now, best first. */
  ready(): string[] {
    return Array.from(candidates(this.state, this.now), (candidate) => candidate.step)
  }

  start(id: string, agent = 'shell'): this {
    const found = Array.from(candidates(this.state, this.now)).find((candidate) => candidate.step === id)
    if (found === undefined) throw new Error(`"${id}" cannot start; ready: ${this.ready().join(' ')}`)
    const values = { env: {}, prompt: null, with: {} }
    return this.apply({
      type: 'attempt_started',
      at: this.now,
      step: found.step,
      attempt: found.attempt,
      agent,
      values,
    }).settle()
  }

  finish(id: string, result: AttemptResult = success): this {
    // What a rewind did away with may still run.
    const index = indexOf(this.state, stepId(id), true)
    const state = index === undefined ? undefined : this.state.states.get(index)
    if (state?.status !== 'running') throw new Error(`"${id}" does not run`)
    return this.apply({
      type: 'attempt_finished',
      at: this.now,
      step: stepId(id),
      attempt: state.attempt,
      result,
    }).settle()
  }

  run(id: string, result: AttemptResult = success): this {
    return this.start(id).finish(id, result)
  }

  answer(id: string, decision: 'approve' | 'reject'): this {
    return this.apply({
      type: 'gate_decided',
      at: this.now,
      step: stepId(id),
      decision,
      by: 'ada',
      comment: null,
    }).settle()
  }

  cancel(): this {
    return this.apply({ type: 'cancel_requested', at: this.now, by: 'ada', reason: null }).settle()
  }

  retry(from: string | null, only = false): this {
    return this.apply({
      type: 'retry_requested',
      at: this.now,
      from: from === null ? null : stepId(from),
      only,
      by: 'ada',
    }).settle()
  }

  index(id: string): number {
    const index = indexOf(this.state, stepId(id))
    if (index === undefined) throw new Error(`there is no step "${id}"`)
    return index
  }

  /** What the templates of a step come to now. */
  values(id: string): AttemptValues {
    const values = attemptValues(this.state, this.index(id))
    if (!values.ok) throw new Error(values.error)
    return values.value
  }

  status(id: string): string {
    return stepState(this.state, stepId(id))?.status ?? 'unknown'
  }

  ended(id: string): StepFinished {
    const state = stepState(this.state, stepId(id))
    if (state?.status !== 'finished') throw new Error(`"${id}" is ${state?.status}`)
    return state
  }

  /** `success`, or `skip/upstream_failed`, `failure/exit_nonzero`, ... */
  outcome(id: string): string {
    const { outcome, cause, skipCause } = this.ended(id)
    return [outcome, skipCause ?? cause].filter((word) => word !== null).join('/')
  }
}
