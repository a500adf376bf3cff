import { OrchdError } from '../base/errors.ts'
import type { Instant, RunId, StepId } from '../base/ids.ts'
import type { Submission } from '../ports/engine.ts'
import type { RunContext } from '../run/change.ts'
import type { RunState } from '../run/state.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { Committed, Observer } from '../ports/observer.ts'
import { allocate, type Grant } from '../run/allocate.ts'
import { decide } from '../run/decide.ts'
import type { RunEvent } from '../run/event.ts'
import type { Funds } from '../run/funds.ts'
import { indexOf } from '../run/find.ts'
import type { Roster } from '../run/roster.ts'
import { attemptEnded, attemptOf, type AttemptContext } from './attempts.ts'
import { Batch } from './batch.ts'
import { Commits } from './commits.ts'
import { applied, type Input } from './inputs.ts'
import { intend } from './intend.ts'
import type { LiveRuns } from './live-runs.ts'
import { Standings } from './standings.ts'
import { Spending } from './spending.ts'
import { noteStandstills } from './standstills.ts'

export type LoopDeps = AttemptContext & {
  readonly journal: Journal
  readonly clock: Clock
  /** MAX_PARALLEL_AGENTS. */
  readonly limit: number
  /** Who could do the work, as things are now; the same object until something changes. */
  roster(): Omit<Roster, 'standings'>
  /** Another number when a credential, or the settings of the agents that use it, are others. @default always the same */
  credentialMark?(credential: string): number
  /** What all runs of a day (UTC) may cost together. @default no limit */
  dailyBudgetUsd?(): number | null
  /** Whether there is disk space to start something new. */
  mayStart(): boolean
  /** Finds out where the work of a plan with a `context` happens; absent: nowhere. @throws OrchdError CONTEXT_UNUSABLE */
  resolveContext?(submission: Submission): Promise<RunContext>
  /** A run is about to be submitted whose report somebody reads; what it throws refuses the submission. */
  expectReport?(run: RunId): void
  /**
   * Looks once more before a person's approval counts; absent: nothing is to be looked at. Resolves to the hash of the
   * rules that hold now, where they are others than those of the gate. @throws OrchdError GATE_STALE
   */
  checkApproval?(run: RunState, step: StepId): Promise<string | null>
  /** Is told of trouble that nobody waits for. */
  warn(error: OrchdError): void
}

const retryCommitMs = 1000
const pausedStartsMs = 5000

/**
 * The loop around the kernel. Everything that happens becomes an input; one flush per turn of the event loop takes
 * all inputs that wait, adds what the kernel decides and which attempts get slots, commits it as one transaction,
 * and only then acts: starts, stops, answers, observers.
 */
export class Loop {
  readonly observers: Set<Observer> = new Set<Observer>()
  readonly commits: Commits
  /** Starts nothing more and takes no more news: what runs is the next holder's. */
  draining = false
  limit: number
  readonly #deps: LoopDeps
  readonly #runs: LiveRuns
  readonly #spending: Spending
  readonly #standings: Standings
  readonly #stopsSent = new Map<string, string>()
  readonly #idleWaiters: (() => void)[] = []
  #inputs: Input[] = []
  #dirty = new Set<RunId>()
  #scheduled = false
  #paused = 0
  #timer: Timer | null = null

  constructor(deps: LoopDeps, runs: LiveRuns) {
    this.#deps = deps
    this.commits = new Commits(deps.journal)
    this.#runs = runs
    this.limit = deps.limit
    this.#standings = new Standings(deps.journal, (credential) => deps.credentialMark?.(credential) ?? 0)
    this.#spending = new Spending(deps.journal, () => deps.dailyBudgetUsd?.() ?? null)
  }

  /** What attempts cost so far, and what may be spent today. */
  funds(): Funds {
    return this.#spending.fundsAt(this.#deps.clock.now())
  }

  roster(now: Instant): Roster {
    return this.#standings.rosterOf(this.#deps.roster(), now)
  }

  /** Lets a credential be used again. @returns whether anything kept it from that */
  release(credential: string): boolean {
    const now = this.#deps.clock.now()
    this.roster(now)
    return this.#standings.release(credential, now)
  }

  enter(input: Input): void {
    this.#inputs.push(input)
    this.schedule()
  }

  /** News from an adapter. After a drain it is the next holder's: the status line is there for it. */
  news(runId: RunId, event: (at: Instant) => RunEvent): void {
    if (this.draining) return
    const at = this.#deps.clock.now()
    this.enter({
      keep: true,
      apply: (batch) => {
        if (batch.get(runId) !== undefined) batch.add(runId, this.#standings.noted(event(at), this.#deps.roster()))
      },
      done: () => {},
      fail: (error) => this.#warn(error),
    })
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#deps.clock.soon(() => this.#flush())
  }

  /** Looks at these runs with the next flush, and grants nothing while `work` goes on. */
  async whilePaused<T>(ids: readonly RunId[], work: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#dirty.add(id)
    this.#paused++
    try {
      return await work()
    } finally {
      this.#paused--
      this.schedule()
    }
  }

  stopTimer(): void {
    this.#timer?.cancel()
  }

  idle(): boolean {
    return this.#inputs.length === 0 && this.#dirty.size === 0 && this.#paused === 0 && !this.#runs.canMove()
  }

  whenIdle(): Promise<void> {
    if (this.idle()) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
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
      (id) => this.#runs.get(id),
      (id) => this.#runs.keyOf(id),
    )
    const accepted = inputs.filter((input) => applied(input, batch))
    const now = clock.now()
    const touched = new Set([...dirty, ...this.#runs.due(now), ...batch.changed.keys()])
    for (const id of touched) this.#settle(batch, id, now)
    // What an attempt used that has just ended counts for the next one.
    this.#spending.take(batch.entries)
    const roster = this.roster(now)
    const grants = this.#grant(batch, now, roster)
    this.#noteStandstills(batch, now, roster)
    try {
      if (batch.entries.length > 0) this.commits.append(batch.entries)
    } catch (error) {
      return this.#putBack(error, accepted, touched)
    }
    this.#runs.adopt(batch)
    for (const input of accepted) input.done()
    for (const grant of grants) this.#start(grant)
    for (const id of new Set([...touched, ...batch.changed.keys()])) this.#stopAndRemember(id, now)
    this.#tell(batch.committed)
    this.#wakeAt(earliest(this.#runs.nextWakeAt(), this.#standings.nextFreeAt()), now)
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
  #grant(batch: Batch, now: Instant, roster: Roster): readonly Grant[] {
    if (this.draining || this.#paused > 0) return []
    const started: Grant[] = []
    for (;;) {
      const grants = allocate(this.#runs.claimants(batch), this.limit, now, roster, this.#spending.fundsAt(now))
      if (grants.length === 0) return started
      if (!this.#deps.mayStart()) {
        this.#warn(new OrchdError('DISK_FULL', 'nothing new is started: the disk is nearly full'))
        this.#deps.clock.at(now + pausedStartsMs, () => this.schedule())
        return started
      }
      for (const grant of grants) {
        if (intend(this.#deps, batch, grant, now)) started.push(grant)
        else this.#settle(batch, grant.runId, now)
      }
    }
  }

  #noteStandstills(batch: Batch, now: Instant, roster: Roster): void {
    if (this.draining || this.#paused > 0) return
    const runs = this.#runs.claimants(batch).map(({ run }) => run)
    noteStandstills(batch, runs, roster, now)
  }

  #putBack(error: unknown, accepted: readonly Input[], touched: ReadonlySet<RunId>): void {
    this.#spending.forget()
    for (const input of accepted) if (!input.keep) input.fail(error)
    this.#inputs = [...accepted.filter((input) => input.keep), ...this.#inputs]
    this.#dirty = new Set([...touched, ...this.#dirty])
    this.#warn(error)
    const now = this.#deps.clock.now()
    this.#wakeAt(now + retryCommitMs, now)
  }

  #start({ runId, candidate }: Grant): void {
    const run = this.#runs.get(runId)
    const state = run?.states.get(candidate.index)
    if (run === undefined || state?.status !== 'running') return
    this.#runs.serve(runId)
    const attempt = attemptOf(this.#deps, run, candidate.index, state)
    this.#deps
      .adapterFor(run, attempt.spec)
      .start(attempt, (result) => this.news(runId, (at) => attemptEnded(attempt, result, at)))
  }

  /** Passes on the stops that a run wants, each reason once, and remembers when the run is due next. */
  #stopAndRemember(id: RunId, now: Instant): void {
    const run = this.#runs.get(id)
    if (run === undefined) {
      for (const key of this.#stopsSent.keys()) if (key.startsWith(`${id}/`)) this.#stopsSent.delete(key)
      return
    }
    // The moment of the grants, however long the commit took: what came due since was not looked at yet.
    const { stops, wakeAt } = decide(run, now)
    this.#runs.setWakeAt(id, wakeAt)
    for (const { step, attempt, reason } of stops) {
      const name = `${id}/${step}/${attempt}`
      if (this.#stopsSent.get(name) === reason) continue
      this.#stopsSent.set(name, reason)
      const spec = run.steps.get(indexOf(run, step, true)!).spec // `decide` names steps of this run
      this.#deps.adapterFor(run, spec).stop({ runId: id, step, attempt }, reason)
    }
  }

  #tell(committed: readonly Committed[]): void {
    if (committed.length === 0) return
    for (const observer of this.observers) observer(committed)
  }

  /** One timer for all: the earliest thing that is due. */
  #wakeAt(at: Instant | null, now: Instant): void {
    if (at === null) return
    this.#timer?.cancel()
    this.#timer = this.draining ? null : this.#deps.clock.at(Math.max(at, now), () => this.schedule())
  }

  #warn(error: unknown): void {
    this.#deps.warn(error instanceof OrchdError ? error : new OrchdError('INTERNAL', String(error), { cause: error }))
  }
}

const earliest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b)
