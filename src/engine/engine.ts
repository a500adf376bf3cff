import { OrchdError } from '../base/errors.ts'
import { newRunId, type RunId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { readsReport } from '../plan/reads-report.ts'
import type { AttemptKey } from '../ports/agent.ts'
import type { Engine, GateAnswer, MoreBudget, RetryWish, Submission } from '../ports/engine.ts'
import type { Observer } from '../ports/observer.ts'
import { AgentSlots } from '../run/agent-slots.ts'
import type { Slots } from '../run/explain.ts'
import type { RunContext } from '../run/change.ts'
import { stepState } from '../run/find.ts'
import type { RunState } from '../run/state.ts'
import { attemptEnded, reportFile } from './attempts.ts'
import type { Batch } from './batch.ts'
import { checkBudget, checkDecidable, checkOpenGate, checkRetry, checkUnfinished } from './checks.ts'
import type { FailingCommits } from './commits.ts'
import { fold } from './fold.ts'
import { question } from './inputs.ts'
import { LiveRuns } from './live-runs.ts'
import { idempotentMs } from '../ports/gc.ts'
import { sealedInputs } from './secrets.ts'
import { Loop, type LoopDeps } from './loop.ts'
import { attachAll, type Recovered } from './recovery.ts'

type Submitted = Awaited<ReturnType<Engine['submit']>>

/** The embedded engine: `ports/engine.ts` over one journal. What it is asked becomes an input of its loop. */
export class EmbeddedEngine implements Engine {
  readonly #deps: LoopDeps
  readonly #runs = new LiveRuns()
  readonly #loop: Loop

  constructor(deps: LoopDeps) {
    this.#deps = deps
    this.#loop = new Loop(deps, this.#runs)
  }

  /** Folds the unfinished runs and finds what became of their attempts. Resolves when each is adopted, settled or started. */
  recover(): Promise<Recovered> {
    const ids = this.#runs.load(this.#deps.journal)
    return this.#loop.whilePaused(ids, () =>
      attachAll(this.#deps, this.#runs.states(), {
        report: (key, result) => this.#loop.news(key.runId, (at) => attemptEnded(key, result, at)),
        lost: ({ runId, step, attempt, agent }) =>
          this.#loop.news(runId, (at) => ({ type: 'attempt_lost', at, step, attempt, agent })),
      }),
    )
  }

  submit(submission: Submission): Promise<Submitted> {
    if (submission.plan.context === null || submission.simulate === 'all') return this.#take(submission, null)
    return this.#takeInto(submission)
  }

  async #takeInto(submission: Submission): Promise<Submitted> {
    // The same submission may be a run already, and its repository not what it was: then that does no harm.
    const found = await this.#resolve(submission).then(ok, (error: unknown) => err(error))
    return this.#take(submission, found)
  }

  async #resolve(submission: Submission): Promise<RunContext> {
    const found = await this.#deps.resolveContext?.(submission)
    if (found === undefined) throw new OrchdError('CONTEXT_UNUSABLE', 'this engine does not work with repositories')
    return found
  }

  #take(submission: Submission, found: Result<RunContext, unknown> | null): Promise<Submitted> {
    const { clock } = this.#deps
    const { plan, source, simulate, path, requestId, key } = submission
    return this.#ask((batch) => {
      this.#checkTaking()
      const known = key === null ? undefined : this.#runByKey(key, batch)
      if (known !== undefined) return { runId: known, created: false }
      if (found?.ok === false) throw found.error
      const at = clock.now()
      const runId = newRunId(at, clock.random(2 ** 25))
      const report = readsReport(plan) ? reportFile(this.#deps.stateFolder, runId) : null
      if (report !== null) this.#deps.expectReport?.(runId)
      if (key !== null) this.#runs.setKey(runId, key)
      batch.add(runId, {
        type: 'run_submitted',
        at,
        plan,
        inputs: sealedInputs(this.#deps.vault, submission),
        source,
        simulate,
        path,
        requestId,
        ...(found === null ? {} : { context: found.value }),
        ...(report === null ? {} : { report }),
      })
      return { runId, created: true }
    })
  }

  decideGate(runId: RunId, step: AttemptKey['step'], answer: GateAnswer): Promise<void> {
    const run = answer.decision === 'approve' ? this.get(runId) : undefined
    const checked = run === undefined ? undefined : this.#deps.checkApproval?.(run, step)
    if (checked === undefined) return this.#decideGate(runId, step, answer, null)
    // What was looked at is what the answer is about.
    const tree = answer.tree ?? (run === undefined ? undefined : treeAt(run, step))
    const bound = tree === undefined ? answer : { ...answer, tree }
    return checked.then((policy) => this.#decideGate(runId, step, bound, policy))
  }

  #decideGate(runId: RunId, step: AttemptKey['step'], answer: GateAnswer, policy: string | null): Promise<void> {
    return this.#ask((batch) => {
      const tree = checkOpenGate(this.#runIn(batch, runId), step, answer)
      const { decision, by, comment } = answer
      const answered = { type: 'gate_decided', at: this.#deps.clock.now(), step, decision, by, comment } as const
      const bound = tree === null ? {} : { tree, ...(policy === null ? {} : { policy }) }
      batch.add(runId, { ...answered, ...bound })
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

  retry(runId: RunId, { from, only }: RetryWish, by: string): Promise<void> {
    return this.#ask((batch) => {
      this.#checkTaking()
      const run = this.#runIn(batch, runId)
      const at = this.#deps.clock.now()
      checkRetry(run, from, at)
      if (run.phase === 'finished') {
        this.#runs.readKey(this.#deps.journal, runId)
        batch.revive(run)
      }
      batch.add(runId, { type: 'retry_requested', at, from, only, by })
    })
  }

  raiseBudget(runId: RunId, { usd, tokens }: MoreBudget, by: string): Promise<void> {
    return this.#ask((batch) => {
      const run = this.#runIn(batch, runId)
      checkUnfinished(run)
      checkBudget(run)
      batch.add(runId, { type: 'budget_raised', at: this.#deps.clock.now(), by, usd, tokens })
    })
  }

  release(name: string): ReturnType<Engine['release']> {
    return this.#ask(() => {
      const { agents } = this.slots().roster
      const known = Array.from(agents.values(), ({ credential }) => credential)
      const credential = known.includes(name) ? name : agents.get(name)?.credential
      if (credential === undefined) {
        const all = [...new Set(known)].join(', ')
        throw new OrchdError('CREDENTIAL_NOT_FOUND', `no agent uses a credential "${name}"; there are ${all}`)
      }
      return { credential, released: this.#loop.release(credential) }
    })
  }

  get(runId: RunId): RunState | undefined {
    return this.#runs.get(runId) ?? fold(this.#deps.journal, runId)
  }

  /** All runs that are not over. */
  unfinished(): readonly RunState[] {
    return this.#runs.states()
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
    this.#loop.observers.add(observer)
    return () => void this.#loop.observers.delete(observer)
  }

  get limit(): number {
    return this.#loop.limit
  }

  /** How many attempts hold a slot now. */
  get running(): number {
    return this.#runs.running()
  }

  /** How many slots there are of everything, and how many of them are taken. */
  slots(): Slots {
    const roster = this.#loop.roster(this.#deps.clock.now())
    const agents = new AgentSlots(roster, this.#runs.states())
    return { limit: this.limit, running: this.running, roster, agents, funds: this.#loop.funds() }
  }

  /** For how long commits have been failing; `null` when they work. */
  failingCommits(): FailingCommits | null {
    return this.#loop.commits.failing()
  }

  setLimit(limit: number): void {
    this.#loop.limit = limit
    this.#loop.schedule()
  }

  async drain(): Promise<void> {
    try {
      await this.#ask(() => {
        this.#loop.draining = true
      })
    } catch (error) {
      // What was waiting for space on the disk is found again by the next holder: nobody was told of it.
      if (!(error instanceof OrchdError && error.code === 'DISK_FULL')) throw error
    }
    this.#loop.stopTimer()
  }

  idle(): boolean {
    return this.#loop.idle()
  }

  whenIdle(): Promise<void> {
    return this.#loop.whenIdle()
  }

  #ask<T>(apply: (batch: Batch) => T): Promise<T> {
    return question(apply, (input) => this.#loop.enter(input))
  }

  #checkTaking(): void {
    if (this.#loop.draining) throw new OrchdError('DRAINING', 'the engine takes no new runs: it is stopping')
  }

  #runIn(batch: Batch, id: RunId): RunState {
    const run = batch.get(id) ?? this.get(id)
    if (run === undefined) throw new OrchdError('RUN_NOT_FOUND', `no run "${id}"`)
    return run
  }

  #runByKey(key: string, batch: Batch): RunId | undefined {
    for (const id of batch.changed.keys()) if (this.#runs.keyOf(id) === key) return id
    const row = this.#deps.journal.runByKey(key)
    if (row === undefined) return undefined
    return row.finishedAt === null || this.#deps.clock.now() - row.submittedAt < idempotentMs ? row.runId : undefined
  }
}

/** The tree that an open gate on a change is about. */
function treeAt(run: RunState, step: AttemptKey['step']): string | undefined {
  const state = stepState(run, step)
  return state?.status === 'gated' ? state.reviewed?.review.tree : undefined
}
