import type { AgentAdapter, Attempt, AttemptKey, Report } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { RunEvent } from '../../src/run/event.ts'
import type { ReviewResult } from '../../src/run/review.ts'
import type { RunId, StepId } from '../../src/base/ids.ts'
import type { Roster } from '../../src/run/roster.ts'
import { reduce } from '../../src/run/reduce.ts'
import { indexOf } from '../../src/run/find.ts'
import { skipCauseOf, standingOf } from '../../src/run/rule.ts'
import type { RunState } from '../../src/run/state.ts'
import { failure, success } from '../support/runs.ts'
import type { MemoryJournal } from '../support/memory-store.ts'
import type { Random } from '../support/random.ts'
import type { SimClock } from './clock.ts'
import { oneAtATime } from './plans.ts'

type Process = {
  readonly key: AttemptKey
  readonly agent: string
  readonly isShared: boolean
  alive: boolean
  result: AttemptResult | null
  report: Report | null
  generation: number
}

/**
 * The machine below the engine: processes that outlive the holder, with status lines, crashes and reboots. It also is
 * the judge: whatever is started is held against the journal as it is on disk at that moment.
 */
export class World {
  readonly #clock: SimClock
  readonly #random: Random
  readonly #journal: MemoryJournal
  readonly #limit: number
  readonly #roster: Roster
  readonly #durable = new Map<RunId, { readonly run: RunState; readonly seq: number }>()
  /** The last answer to each gate. */
  readonly #answers = new Map<string, 'approve' | 'reject'>()
  /** What the diff gate said of each step's last attempt, and whether a person approved exactly that tree since. */
  readonly #reviews = new Map<string, { readonly review: ReviewResult; approved: boolean }>()
  /** What had begun when a person had the step before it run again alone: it goes on, whatever comes of that. */
  readonly #excused = new Set<string>()
  readonly #processes = new Map<string, Process>()
  readonly tallies = {
    started: 0,
    adopted: 0,
    picked_up: 0,
    unclaimed: 0,
    lost: 0,
    most: 0,
    filled: 0,
    reviewed: 0,
    shared: 0,
  }

  constructor(clock: SimClock, random: Random, journal: MemoryJournal, limit: number, roster: Roster) {
    this.#clock = clock
    this.#random = random
    this.#journal = journal
    this.#limit = limit
    this.#roster = roster
  }

  adapter(): AgentAdapter {
    const generation = this.#clock.generation
    return {
      name: 'world',
      start: (attempt, report) => this.#start(attempt, report, generation),
      attach: (attempt, report) => Promise.resolve(this.#attach(attempt, report, generation)),
      stop: (key, reason) => this.#stop(key, reason),
    }
  }

  /** All processes die at once, and nothing that they did is left but what was finished. */
  reboot(): void {
    for (const process of this.#processes.values()) process.alive = false
  }

  #start(attempt: Attempt, report: Report, generation: number): void {
    const name = nameOf(attempt)
    if (this.#processes.has(name)) throw new Error(`violated: ${name} is started twice`)
    this.#judge(attempt)
    const { agent, spec } = attempt
    const isShared = spec.description === oneAtATime && (spec.body.kind === 'run' || spec.body.kind === 'prompt')
    const process: Process = { key: attempt, agent, isShared, alive: true, result: null, report, generation }
    this.#processes.set(name, process)
    this.tallies.started++
    const alive = [...this.#processes.values()].filter((other) => other.alive).length
    this.tallies.most = Math.max(this.tallies.most, alive)
    if (alive > this.#limit) throw new Error(`violated: ${alive} attempts run, the limit is ${this.#limit}`)
    this.#judgeCaps(attempt.agent)
    if (isShared) this.#judgeShared(attempt.runId)
    this.#clock.world(this.#clock.now() + this.#random.below(30_000), () =>
      this.#end(process, this.#spent(attempt.agent, this.#chanceResult())),
    )
  }

  /** Never more of an agent, or of all that share its credential, than their caps allow. */
  #judgeCaps(agent: string): void {
    const entry = this.#roster.agents.get(agent)
    if (entry === undefined) return
    const { maxParallel, credential } = entry
    const alive = [...this.#processes.values()].filter((process) => process.alive)
    const own = alive.filter((process) => process.agent === agent).length
    const shared = alive.filter((process) => this.#roster.agents.get(process.agent)?.credential === credential).length
    const cap = this.#roster.credentialCaps.get(credential)
    if (maxParallel !== null && own > maxParallel)
      throw new Error(`violated: ${own} attempts of ${agent} run, its cap is ${maxParallel}`)
    if (cap !== undefined && shared > cap)
      throw new Error(`violated: ${shared} attempts under ${credential} run, its cap is ${cap}`)
    if (own === maxParallel || shared === cap) this.tallies.filled++
  }

  #judgeShared(runId: RunId): void {
    const sharing = [...this.#processes.values()].filter(
      ({ key, isShared, alive }) => alive && isShared && key.runId === runId,
    )
    const names = sharing.map(({ key }) => nameOf(key)).join(' and ')
    if (sharing.length > 1) throw new Error(`violated: ${names} are at work in one workspace`)
    this.tallies.shared++
  }

  /** Holds a start against the durable journal: the intent first, then every dependency, rule and gate. */
  #judge(attempt: Attempt): void {
    const name = nameOf(attempt)
    const run = this.#onDisk(attempt.runId)
    const index = run === undefined ? undefined : indexOf(run, attempt.step)
    const state = run === undefined || index === undefined ? undefined : run.states.get(index)
    if (run === undefined || index === undefined || state?.status !== 'running' || state.attempt !== attempt.attempt) {
      throw new Error(`violated: ${name} is started before its intent is durable`)
    }
    // The step itself, and every step inside of which it stands.
    for (let at: number | null = index; at !== null; at = run.levels.get(run.steps.get(at).level).owner) {
      this.#judgeOrder(run, at, name)
    }
  }

  /** The run as the disk has it, folded along. */
  #onDisk(id: RunId): RunState | undefined {
    const known = this.#durable.get(id)
    let run = known?.run ?? null
    const fresh = this.#journal.eventsOf(id, known?.seq ?? 0)
    for (const entry of fresh) {
      const { event } = entry
      if (event.type === 'retry_requested' && event.only && event.from !== null && run !== null)
        this.#excuse(run, event.from)
      run = reduce(run, entry)
      if (event.type === 'gate_decided') this.#answers.set(`${id}/${event.step}`, event.decision)
      this.#noteReview(id, event)
      this.#judgeReviews(run)
    }
    if (run !== null) this.#durable.set(id, { run, seq: fresh.at(-1)?.seq ?? known?.seq ?? 0 })
    return run ?? undefined
  }

  #noteReview(id: RunId, event: RunEvent): void {
    if (event.type === 'attempt_finished') {
      const { review } = event.result
      if (review === undefined) this.#reviews.delete(`${id}/${event.step}`)
      else this.#reviews.set(`${id}/${event.step}`, { review, approved: false })
    } else if (event.type === 'gate_decided' && event.decision === 'approve') {
      const seen = this.#reviews.get(`${id}/${event.step}`)
      if (seen?.review.tree === event.tree && event.tree !== undefined && seen !== undefined) seen.approved = true
    }
  }

  /** What is blocked is never a success, and what needs a person only after a person has approved this very tree. */
  #judgeReviews(run: RunState): void {
    for (const index of run.changed) {
      const state = run.states.get(index)
      const { id } = run.steps.get(index)
      const seen = this.#reviews.get(`${run.id}/${id}`)
      if (state.status !== 'finished' || state.outcome !== 'success' || seen === undefined) continue
      const { verdict } = seen.review
      if (verdict === 'block' || (verdict === 'require_human' && !seen.approved))
        throw new Error(`violated: ${id} is a success, and nobody approved its change (${verdict})`)
      if (verdict === 'require_human') this.tallies.reviewed++
    }
  }

  /** Judges what has not led to a start. */
  judgeAll(): void {
    for (const { runId } of this.#journal.rows.values()) this.#onDisk(runId)
  }

  /** A step that is retried alone takes along every step inside of which it stands. */
  #excuse(run: RunState, retried: StepId): void {
    for (let at: number | null | undefined = indexOf(run, retried); at != null;) {
      const { id, level } = run.steps.get(at)
      const { base, graph, owner } = run.levels.get(level)
      for (const local of graph.steps[at - base]!.dependents) {
        const { status, past } = run.states.get(base + local)
        if (past.tries > 0 || !unbegun.has(status)) this.#excused.add(pairOf(run, id, run.steps.get(base + local).id))
      }
      at = owner
    }
  }

  #judgeOrder(run: RunState, index: number, name: string): void {
    const self = run.steps.get(index)
    const standings = needsOf(run, index).map((need) => {
      const dependency = run.states.get(need)
      const { id, spec } = run.steps.get(need)
      if (this.#excused.has(pairOf(run, id, self.id))) return 'success'
      if (dependency.status === 'finished') return standingOf(spec, dependency)
      throw new Error(`violated: ${name} is started before ${id} is over`)
    })
    if (skipCauseOf(self.spec.triggerRule, standings) !== null)
      throw new Error(`violated: ${name} is started against its rule`)
    this.#judgeGates(run, index, name)
  }

  /** Whatever stands behind a gate with `all_success` runs only when a person said yes. */
  #judgeGates(run: RunState, index: number, name: string): void {
    const self = run.steps.get(index)
    if (self.spec.triggerRule !== 'all_success') return
    for (const need of needsOf(run, index)) {
      const { id, spec } = run.steps.get(need)
      if (spec.body.kind !== 'approval' || spec.continueOnError || spec.matrix !== null || spec.forEach !== null)
        continue
      if (this.#excused.has(pairOf(run, id, self.id))) continue
      if (this.#answers.get(`${run.id}/${id}`) !== 'approve')
        throw new Error(`violated: ${name} is started before its gate ${id} was passed`)
    }
  }

  #attach(
    attempt: Attempt,
    report: Report,
    generation: number,
  ): ReturnType<AgentAdapter['attach']> extends Promise<infer A> ? A : never {
    const process = this.#processes.get(nameOf(attempt))
    if (process === undefined) return this.#count('unclaimed')
    if (process.result !== null) {
      const { result } = process
      this.#clock.soon(() => report(result))
      return this.#count('picked_up')
    }
    if (!process.alive) return this.#count('lost')
    process.report = report
    process.generation = generation
    return this.#count('adopted')
  }

  #count<K extends 'adopted' | 'picked_up' | 'unclaimed' | 'lost'>(what: K): K {
    this.tallies[what]++
    return what
  }

  #stop(key: AttemptKey, reason: string): void {
    const process = this.#processes.get(nameOf(key))
    if (process === undefined || !process.alive) return
    const result: AttemptResult =
      reason === 'deadline'
        ? { ...failure, outcome: 'timeout', cause: 'timeout' }
        : { ...failure, outcome: 'cancellation', cause: 'cancelled' }
    this.#clock.world(this.#clock.now() + (reason === 'killed' ? 0 : this.#random.below(10_000)), () =>
      this.#end(process, result),
    )
  }

  #end(process: Process, result: AttemptResult): void {
    if (!process.alive) return
    process.alive = false
    process.result = result
    if (process.generation === this.#clock.generation) process.report?.(result)
  }

  /** What it used, as far as it tells. */
  #spent(agent: string, result: AttemptResult): AttemptResult {
    if (agent === 'shell' || result.cause === 'spawn_failed') return result
    const usage = { inputTokens: this.#random.below(1000), outputTokens: this.#random.below(100) }
    const costUsd = this.#random.below(100) / 100
    return {
      ...result,
      usage: this.#random.chance(0.9) ? usage : null,
      costUsd: this.#random.chance(0.9) ? costUsd : null,
    }
  }

  #chanceResult(): AttemptResult {
    if (this.#random.chance(0.65)) {
      const done = { ...success, outputs: { files: ['a', 'b', 'c'].slice(this.#random.below(4)) } }
      return this.#random.chance(0.3) ? { ...done, review: this.#chanceReview() } : done
    }
    return this.#random.pick([
      failure,
      { ...failure, cause: 'crashed' as const },
      { ...failure, outcome: 'timeout' as const, cause: 'timeout' as const },
      { ...failure, outcome: 'error' as const, cause: 'spawn_failed' as const },
      { ...failure, cause: 'auth' as const },
      { ...failure, cause: 'overloaded' as const },
      { ...failure, cause: 'rate_limited' as const },
      { ...failure, cause: 'usage_limit' as const, retryAt: this.#clock.now() + this.#random.below(600_000) },
    ])
  }

  #chanceReview(): ReviewResult {
    const verdict = this.#random.pick(['approve', 'require_human', 'require_human', 'block'] as const)
    return { verdict, policy: 'p', tree: `tree-${this.#random.below(1e6)}`, findings: [] }
  }
}

/** The steps that a step depends on, as indices. */
function needsOf(run: RunState, index: number): number[] {
  const { base, graph } = run.levels.get(run.steps.get(index).level)
  return graph.steps[index - base]!.dependsOn.map((need) => base + need)
}

/** What a step can be in before anything of it has happened. */
const unbegun: ReadonlySet<string> = new Set(['waiting', 'condition', 'to_open', 'ready', 'backing_off', 'clearing'])

const pairOf = (run: RunState, before: StepId, behind: StepId): string => `${run.id}/${before}>${behind}`

const nameOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`
