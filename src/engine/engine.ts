import { OrchdError } from '../base/errors.ts'
import { newRunId, type Instant, type RunId } from '../base/ids.ts'
import type { AttemptKey } from '../ports/agent.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Engine, GateAnswer, Submission } from '../ports/engine.ts'
import type { Journal } from '../ports/journal.ts'
import type { Committed, Observer } from '../ports/observer.ts'
import { agentNameOf } from '../run/agent.ts'
import { allocate, type Grant } from '../run/allocate.ts'
import { decide } from '../run/decide.ts'
import type { RunEvent } from '../run/event.ts'
import { reduce } from '../run/reduce.ts'
import { attemptValues } from '../run/scope.ts'
import { stepState, type RunState } from '../run/state.ts'
import { waitsFor } from '../run/waiting.ts'
import { attemptOf, type AttemptContext } from './attempts.ts'
import { Batch } from './batch.ts'
import { checkDecidable, checkOpenGate, checkUnfinished } from './checks.ts'
import { attachAll, type Recovered } from './recovery.ts'

export type EngineDeps = AttemptContext & {
  readonly journal: Journal
  readonly clock: Clock
  /** MAX_PARALLEL_AGENTS. */
  readonly limit: number
  /** Whether there is disk space to start something new. */
  mayStart(): boolean
  /** Is told of trouble that nobody waits for. */
  warn(error: OrchdError): void
}

/** Something that waits for the next commit. `apply` adds its events or throws an OrchdError, having added none. */
type Input = {
  /** News from the world must not get lost: when the disk is full it is tried again, and not refused. */
  readonly keep: boolean
  apply(batch: Batch): void
  done(): void
  fail(error: unknown): void
}

type Live = { run: RunState; readonly key: string | null; lastServed: number; wakeAt: Instant | null }

const idempotentMs = 10 * 60_000
const retryCommitMs = 1000
const pausedStartsMs = 5000

/**
 * The loop around the kernel. Everything that happens becomes an input; one flush per turn of the event loop takes
 * all inputs that wait, adds what the kernel decides and which attempts get slots, commits it as one transaction,
 * and only then acts: starts, stops, answers, observers.
 */
export class EmbeddedEngine implements Engine {
  readonly #deps: EngineDeps
  readonly #live = new Map<RunId, Live>()
  readonly #observers = new Set<Observer>()
  readonly #stopsSent = new Map<string, string>()
  #inputs: Input[] = []
  #dirty = new Set<RunId>()
  #limit: number
  #served = 0
  #scheduled = false
  #draining = false
  #recovering = 0
  #timer: Timer | null = null
  #idleWaiters: (() => void)[] = []

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#limit = deps.limit
  }

  /** Folds the unfinished runs and finds what became of their attempts. Resolves when each is adopted, settled or started. */
  async recover(): Promise<Recovered> {
    const { journal } = this.#deps
    for (const id of journal.unfinishedRuns()) {
      const run = fold(journal, id)
      if (run === undefined) continue
      const key = journal.runsLike(id, 1)[0]?.key ?? null
      this.#live.set(id, { run, key, lastServed: 0, wakeAt: null })
      this.#dirty.add(id)
    }
    this.#recovering++
    const runs = Array.from(this.#live.values(), (live) => live.run)
    const recovered = await attachAll(this.#deps, runs, {
      report: (key, result) =>
        this.#news(key.runId, (at) => ({ type: 'attempt_finished', at, step: key.step, attempt: key.attempt, result })),
      lost: (key) =>
        this.#news(key.runId, (at) => ({ type: 'attempt_lost', at, step: key.step, attempt: key.attempt })),
    })
    this.#recovering--
    this.#schedule()
    return recovered
  }

  submit(submission: Submission): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    const { clock } = this.#deps
    const { plan, inputs, source, simulate, path, requestId, key } = submission
    return this.#ask((batch) => {
      if (this.#draining) throw new OrchdError('DRAINING', 'the engine takes no new runs: it is stopping')
      const known = key === null ? undefined : this.#runByKey(key, batch)
      if (known !== undefined) return { runId: known, created: false }
      const at = clock.now()
      const runId = newRunId(at, clock.random(2 ** 25))
      if (key !== null) this.#pendingKeys.set(runId, key)
      batch.add(runId, { type: 'run_submitted', at, plan, inputs, source, simulate, path, requestId })
      return { runId, created: true }
    })
  }

  decideGate(runId: RunId, step: AttemptKey['step'], answer: GateAnswer): Promise<void> {
    return this.#ask((batch) => {
      const run = this.#runIn(batch, runId)
      checkOpenGate(run, step, answer)
      const { decision, by, comment } = answer
      batch.add(runId, { type: 'gate_decided', at: this.#deps.clock.now(), step, decision, by, comment })
    })
  }

  decideLost(runId: RunId, step: AttemptKey['step'], decision: 'rerun' | 'skip' | 'fail', by: string): Promise<void> {
    return this.#ask((batch) => {
      checkDecidable(this.#runIn(batch, runId), step)
      batch.add(runId, { type: 'attempt_decided', at: this.#deps.clock.now(), step, decision, by })
    })
  }

  cancel(runId: RunId, by: string, reason: string | null): Promise<void> {
    return this.#ask((batch) => {
      checkUnfinished(this.#runIn(batch, runId))
      batch.add(runId, { type: 'cancel_requested', at: this.#deps.clock.now(), by, reason })
    })
  }

  get(runId: RunId): RunState | undefined {
    return this.#live.get(runId)?.run ?? fold(this.#deps.journal, runId)
  }

  list(limit: number): ReturnType<Engine['list']> {
    return this.#deps.journal.runs(limit)
  }

  resolve(prefix: string): RunId {
    const found = this.#deps.journal.runsLike(prefix, 3)
    const exact = found.find((row) => row.runId === prefix)
    if (exact !== undefined) return exact.runId
    const [first, second] = found
    if (prefix === '' || first === undefined) throw new OrchdError('RUN_NOT_FOUND', `no run "${prefix}"`)
    if (second !== undefined) {
      throw new OrchdError('RUN_AMBIGUOUS', `"${prefix}" could be ${found.map((row) => row.runId).join(', ')}`)
    }
    return first.runId
  }

  observe(observer: Observer): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  get limit(): number {
    return this.#limit
  }

  /** How many attempts hold a slot now. */
  get running(): number {
    let sum = 0
    for (const { run } of this.#live.values()) sum += run.sets.running.size
    return sum
  }

  setLimit(limit: number): void {
    this.#limit = limit
    this.#schedule()
  }

  async drain(): Promise<void> {
    await this.#ask(() => {
      this.#draining = true
    })
    this.#timer?.cancel()
  }

  idle(): boolean {
    if (this.#inputs.length > 0 || this.#dirty.size > 0 || this.#recovering > 0) return false
    for (const { run } of this.#live.values()) if (waitsFor(run) === 'none') return false
    return true
  }

  whenIdle(): Promise<void> {
    if (this.idle()) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  readonly #pendingKeys = new Map<RunId, string>()

  #ask<T>(apply: (batch: Batch) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: T
      this.#enter({
        keep: false,
        apply: (batch) => {
          answer = apply(batch)
        },
        done: () => resolve(answer),
        fail: reject,
      })
    })
  }

  /** News from an adapter. After a drain it is the next holder's: the status line is there for it. */
  #news(runId: RunId, event: (at: Instant) => RunEvent): void {
    if (this.#draining) return
    const at = this.#deps.clock.now()
    this.#enter({
      keep: true,
      apply: (batch) => {
        if (batch.get(runId) !== undefined) batch.add(runId, event(at))
      },
      done: () => {},
      fail: (error) => this.#warn(error),
    })
  }

  #enter(input: Input): void {
    this.#inputs.push(input)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#deps.clock.soon(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    const { journal, clock } = this.#deps
    const inputs = this.#inputs
    const dirty = this.#dirty
    this.#inputs = []
    this.#dirty = new Set()
    const batch = new Batch(
      journal.lastSeq(),
      (id) => this.#live.get(id)?.run,
      (id) => this.#live.get(id)?.key ?? this.#pendingKeys.get(id) ?? null,
    )
    const accepted = inputs.filter((input) => applied(input, batch))
    const now = clock.now()
    const touched = new Set([...dirty, ...this.#due(now), ...batch.changed.keys()])
    for (const id of touched) this.#settle(batch, id, now)
    const grants = this.#grant(batch, now)
    try {
      if (batch.entries.length > 0) journal.append(batch.entries)
    } catch (error) {
      return this.#putBack(error, accepted, dirty)
    }
    this.#adopt(batch)
    for (const input of accepted) input.done()
    this.#act(batch, grants, touched, now)
    this.#tell(batch.committed)
    this.#arm(now)
    if (this.#idleWaiters.length > 0 && this.idle()) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  /** Journals what is due in a run by itself, until nothing more is. */
  #settle(batch: Batch, id: RunId, now: Instant): void {
    for (;;) {
      const run = batch.get(id)
      if (run === undefined) return
      const { events } = decide(run, now)
      if (events.length === 0) return
      for (const event of events) batch.add(id, event)
    }
  }

  /** Gives out free slots. A step whose values cannot be evaluated fails at once, which may free others: again then. */
  #grant(batch: Batch, now: Instant): readonly Grant[] {
    if (this.#draining || this.#recovering > 0) return []
    const started: Grant[] = []
    for (;;) {
      const ids = new Set([...this.#live.keys(), ...batch.changed.keys()])
      const claimants = Array.from(ids, (id) => ({
        run: batch.get(id)!,
        lastServed: this.#live.get(id)?.lastServed ?? 0,
      })) // each id is in one of the two
      const grants = allocate(claimants, this.#limit, now)
      if (grants.length === 0) return started
      if (!this.#deps.mayStart()) {
        this.#pauseStarts(now)
        return started
      }
      for (const grant of grants) {
        if (this.#startIn(batch, grant, now)) started.push(grant)
        else this.#settle(batch, grant.runId, now)
      }
    }
  }

  #startIn(batch: Batch, { runId, candidate }: Grant, now: Instant): boolean {
    const run = batch.get(runId)
    if (run === undefined) return false
    const { step } = run.graph.nodes[candidate.index]! // from this run's graph
    const values = attemptValues(run, candidate.index)
    if (!values.ok) {
      batch.add(runId, { type: 'expression_failed', at: now, step: step.id, message: values.error })
      return false
    }
    const { attempt } = candidate
    batch.add(runId, {
      type: 'attempt_started',
      at: now,
      step: step.id,
      attempt,
      agent: agentNameOf(step),
      values: values.value,
    })
    return true
  }

  #putBack(error: unknown, accepted: readonly Input[], dirty: ReadonlySet<RunId>): void {
    for (const input of accepted) if (!input.keep) input.fail(error)
    this.#inputs = [...accepted.filter((input) => input.keep), ...this.#inputs]
    this.#dirty = new Set([...dirty, ...this.#dirty])
    this.#warn(error)
    this.#wakeAt(this.#deps.clock.now() + retryCommitMs)
  }

  #adopt(batch: Batch): void {
    for (const [id, run] of batch.changed) {
      const live = this.#live.get(id)
      if (run.phase === 'finished') this.#live.delete(id)
      else if (live !== undefined) live.run = run
      else this.#live.set(id, { run, key: this.#pendingKeys.get(id) ?? null, lastServed: 0, wakeAt: null })
      this.#pendingKeys.delete(id)
    }
  }

  #act(batch: Batch, grants: readonly Grant[], touched: ReadonlySet<RunId>, now: Instant): void {
    for (const { runId, candidate } of grants) {
      const live = this.#live.get(runId)
      if (live === undefined) continue
      live.lastServed = ++this.#served
      const state = live.run.steps.get(candidate.index)
      if (state.status !== 'running') continue
      const attempt = attemptOf(this.#deps, live.run, candidate.index, state)
      const { step, attempt: number } = attempt
      this.#deps
        .adapterFor(live.run, attempt.spec)
        .start(attempt, (result) =>
          this.#news(runId, (at) => ({ type: 'attempt_finished', at, step, attempt: number, result })),
        )
    }
    for (const id of new Set([...touched, ...batch.changed.keys()])) this.#stopAndRemember(id, now)
  }

  /** Passes on the stops that a run wants, each reason once, and remembers when the run is due next. */
  #stopAndRemember(id: RunId, now: Instant): void {
    const live = this.#live.get(id)
    if (live === undefined) {
      for (const key of this.#stopsSent.keys()) if (key.startsWith(`${id}/`)) this.#stopsSent.delete(key)
      return
    }
    // The moment of the grants, however long the commit took: what came due since was not looked at yet.
    const { stops, wakeAt } = decide(live.run, now)
    live.wakeAt = wakeAt
    for (const { step, attempt, reason } of stops) {
      const name = `${id}/${step}/${attempt}`
      if (this.#stopsSent.get(name) === reason) continue
      this.#stopsSent.set(name, reason)
      const spec = live.run.graph.nodes[live.run.graph.indexOf.get(step)!]!.step // `decide` names steps of this run
      this.#deps.adapterFor(live.run, spec).stop({ runId: id, step, attempt }, reason)
    }
  }

  #tell(committed: readonly Committed[]): void {
    if (committed.length === 0) return
    for (const observer of this.#observers) observer(committed)
  }

  #due(now: Instant): RunId[] {
    return Array.from(this.#live)
      .filter(([, { wakeAt }]) => wakeAt !== null && wakeAt <= now)
      .map(([id]) => id)
  }

  /** One timer for all: the earliest thing that is due. */
  #arm(now: Instant): void {
    let next = Number.POSITIVE_INFINITY
    for (const { wakeAt } of this.#live.values()) if (wakeAt !== null) next = Math.min(next, wakeAt)
    if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(Math.max(next, now))
  }

  #wakeAt(at: Instant): void {
    this.#timer?.cancel()
    this.#timer = this.#draining ? null : this.#deps.clock.at(at, () => this.#schedule())
  }

  #pauseStarts(now: Instant): void {
    this.#warn(new OrchdError('DISK_FULL', 'nothing new is started: the disk is nearly full'))
    this.#deps.clock.at(now + pausedStartsMs, () => this.#schedule())
  }

  #runIn(batch: Batch, id: RunId): RunState {
    const run = batch.get(id) ?? this.get(id)
    if (run === undefined) throw new OrchdError('RUN_NOT_FOUND', `no run "${id}"`)
    return run
  }

  #runByKey(key: string, batch: Batch): RunId | undefined {
    for (const id of batch.changed.keys()) if (this.#pendingKeys.get(id) === key) return id
    const row = this.#deps.journal.runByKey(key)
    if (row === undefined) return undefined
    return row.finishedAt === null || this.#deps.clock.now() - row.submittedAt < idempotentMs ? row.runId : undefined
  }

  #warn(error: unknown): void {
    this.#deps.warn(error instanceof OrchdError ? error : new OrchdError('INTERNAL', String(error), { cause: error }))
  }
}

/** Applies an input, or refuses it alone. */
function applied(input: Input, batch: Batch): boolean {
  try {
    input.apply(batch)
    return true
  } catch (error) {
    input.fail(error)
    return false
  }
}

/** The state of a run from its events; `undefined` when there are none. */
export function fold(journal: Journal, id: RunId): RunState | undefined {
  let run: RunState | null = null
  for (const entry of journal.eventsOf(id)) run = reduce(run, entry)
  return run ?? undefined
}

/** The attempt that a step has running, or `null`. */
export function runningAttempt(run: RunState, step: AttemptKey['step']): number | null {
  const state = stepState(run, step)
  return state?.status === 'running' ? state.attempt : null
}
