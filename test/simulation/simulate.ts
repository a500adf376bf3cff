import { OrchdError } from '../../src/base/errors.ts'
import type { RunId } from '../../src/base/ids.ts'
import { EmbeddedEngine } from '../../src/engine/engine.ts'
import { openVault } from '../support/vault.ts'
import { fold } from '../../src/engine/fold.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { liveSteps } from '../../src/run/find.ts'
import type { RunState } from '../../src/run/state.ts'
import type { Roster } from '../../src/run/roster.ts'
import { waitsFor } from '../../src/run/waiting.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { Random } from '../support/random.ts'
import { SimClock } from './clock.ts'
import { Credentials } from './credentials.ts'
import { Money } from './money.ts'
import { randomPlan, withoutSharing } from './plans.ts'
import { randomRoster, simAgents, withoutCaps } from './roster.ts'
import { World } from './world.ts'

export type Story = {
  /** The journal as it was written: equal for equal seeds. */
  readonly lines: readonly string[]
  readonly tallies: World['tallies'] &
    Money['tallies'] &
    Credentials['tallies'] & {
      crashes: number
      diskFull: number
      retries: number
      rewinds: number
      opened: number
      runs: number
      outcomes: Record<string, number>
    }
}

/** A bug that is put in on purpose: whether the simulation notices. */
type Plant = { readonly lateCommits?: boolean; readonly noCaps?: boolean; readonly noSharing?: boolean }

/**
 * One story of kernel and engine under seeded faults: crashes before and behind commits, reboots, full disks, people
 * who answer, cancel or stay silent. Throws when a promise is broken, naming it.
 */
export async function simulate(seed: number, plant: Plant = {}): Promise<Story> {
  const simulation = new Simulation(seed, plant)
  await simulation.run()
  return simulation.story()
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

class Simulation {
  readonly #random: Random
  readonly #clock: SimClock
  readonly #journal = new MemoryJournal()
  readonly #limit: number
  readonly #roster: Roster
  readonly #offered: Roster
  readonly #credentials: Credentials
  readonly #world: World
  readonly #money: Money
  readonly #dailyUsd: number | null
  readonly #last = new Map<RunId, RunState>()
  readonly #tallies = { crashes: 0, diskFull: 0, retries: 0, rewinds: 0, opened: 0 }
  readonly #wanted = new Map<string, Plan>()
  #engine: EmbeddedEngine
  #crashed = false
  /** Another one when somebody has put in other keys. */
  #mark = 0
  #faults = true
  #violation: unknown = null
  readonly #sharing: boolean

  constructor(seed: number, plant: Plant) {
    this.#journal.late = plant.lateCommits === true
    this.#sharing = plant.noSharing !== true
    this.#random = new Random(seed)
    this.#clock = new SimClock(this.#random)
    this.#limit = 1 + this.#random.below(6)
    this.#roster = randomRoster(this.#random)
    this.#offered = plant.noCaps === true ? withoutCaps(this.#roster) : this.#roster
    this.#credentials = new Credentials(this.#roster)
    this.#world = new World(this.#clock, this.#random, this.#journal, this.#limit, this.#roster)
    this.#journal.beforeAppend = () => this.#chance('before')
    const dailyUsd = this.#random.chance(0.2) ? (1 + this.#random.below(1000)) / 100 : null
    this.#money = new Money(dailyUsd)
    this.#dailyUsd = dailyUsd
    this.#journal.afterAppend = (events) => {
      try {
        this.#money.take(events, (id) => fold(this.#journal, id))
        this.#credentials.take(events, (id) => fold(this.#journal, id))
      } catch (violation) {
        this.#violation ??= violation // the engine has no part in it
      }
      this.#chance('after')
    }
    this.#engine = this.#start()
  }

  async run(): Promise<void> {
    const count = 1 + this.#random.below(4)
    for (let i = 0; i < count; i++) {
      const made = randomPlan(this.#random)
      const plan = this.#sharing ? made : withoutSharing(made)
      this.#wanted.set(`key-${i}`, plan)
      this.#clock.world(this.#clock.now() + this.#random.below(20_000), () => this.#submit(`key-${i}`, plan))
    }
    for (let i = this.#random.below(4); i > 0; i--) this.#later(() => this.#crash(this.#random.chance(0.3)))
    for (let steps = 0; steps < 20_000; steps++) {
      const more = this.#clock.step()
      await settled()
      if (this.#violation !== null) throw this.#violation
      if (this.#crashed) await this.#restart()
      if (!more && !this.#help()) return this.#verify()
    }
    throw new Error('violated: the runs never end')
  }

  story(): Story {
    const outcomes: Record<string, number> = {}
    for (const { outcome } of this.#journal.rows.values())
      outcomes[String(outcome)] = (outcomes[String(outcome)] ?? 0) + 1
    return {
      lines: this.#journal.lines,
      tallies: {
        ...this.#world.tallies,
        ...this.#money.tallies,
        ...this.#credentials.tallies,
        ...this.#tallies,
        runs: this.#journal.rows.size,
        outcomes,
      },
    }
  }

  #start(): EmbeddedEngine {
    const adapter = this.#world.adapter()
    const engine = new EmbeddedEngine({
      stateFolder: '/state',
      journal: this.#journal,
      clock: this.#clock,
      limit: this.#limit,
      adapterFor: () => adapter,
      secretsFor: () => ({}),
      vault: openVault,
      traceparentOf: () => '',
      roster: () => this.#offered,
      credentialMark: () => this.#mark,
      dailyBudgetUsd: () => this.#dailyUsd,
      mayStart: () => !this.#faults || !this.#random.chance(0.02),
      warn: (error) => {
        if (error.code === 'INTERNAL' && !this.#crashed) throw error
      },
    })
    engine.observe((batch) => {
      for (const { before, after } of batch) {
        this.#last.set(after.id, after)
        this.#tallies.rewinds += after.rewinds.size > (before?.rewinds.size ?? 0) ? 1 : 0
        this.#tallies.opened += after.levels.length - (before?.levels.length ?? 1)
      }
    })
    return engine
  }

  #later(act: () => void): void {
    this.#clock.world(this.#clock.now() + this.#random.below(90_000), act)
  }

  #submit(key: string, plan: Plan): void {
    const source = { file: 'plan.yaml', sha256: key, projectFolder: '/project' }
    const submission = { plan, inputs: {}, source, simulate: 'none' as const, path: null, requestId: null, key }
    // Nobody acknowledged it: whoever submits tries again, under the same key.
    const again = (): void => void this.#clock.world(this.#clock.now() + 1000, () => this.#submit(key, plan))
    const engine = this.#engine
    engine.submit(submission).then(({ runId, created }) => created && this.#plague(runId), again)
    this.#clock.world(this.#clock.now() + 5000, () => {
      if (engine !== this.#engine && this.#journal.runByKey(key) === undefined) this.#submit(key, plan)
    })
  }

  /** People and their doings around a run. */
  #plague(runId: RunId): void {
    if (this.#random.chance(0.15)) this.#later(() => this.#cancel(runId))
    if (this.#random.chance(0.05)) this.#later(() => this.#cancel(runId))
    if (this.#random.chance(0.2)) this.#later(() => this.#retry(runId))
    if (this.#random.chance(0.1)) this.#later(() => this.#raise(runId))
    for (let i = 0; i < 6; i++) this.#later(() => this.#answer(runId))
    if (this.#random.chance(0.2)) this.#later(() => this.#release())
  }

  /** Of a run that goes on or is over: from a step, or what failed. */
  #retry(runId: RunId): void {
    const run = this.#engine.get(runId)
    if (run === undefined) return
    const from = this.#random.chance(0.5) ? null : this.#random.pick([...liveSteps(run)])
    const wish = {
      from: from === null ? null : run.steps.get(from).id,
      only: from !== null && this.#random.chance(0.3),
    }
    this.#engine.retry(runId, wish, 'ada').then(() => this.#tallies.retries++, expected)
  }

  #raise(runId: RunId): void {
    const more = { usd: 1 + this.#random.below(5), tokens: 1000 + this.#random.below(5000) }
    this.#engine.raiseBudget(runId, more, 'ada').catch(expected)
  }

  /** Sometimes of a credential that nothing is wrong with. */
  #release(): void {
    const name = this.#random.pick([...simAgents, 'team'])
    const credential = this.#roster.agents.get(name)?.credential ?? name
    this.#credentials.releasedBy(credential, this.#engine.release(name)).catch(expected)
  }

  #cancel(runId: RunId): void {
    this.#engine.cancel(runId, 'ada', null).catch(expected)
  }

  #answer(runId: RunId): void {
    const run = this.#engine.get(runId)
    const gates = run === undefined ? [] : [...run.sets.gates]
    if (run === undefined || gates.length === 0) return
    const step = run.steps.get(this.#random.pick(gates)).id
    const decision = this.#random.chance(0.7) ? 'approve' : 'reject'
    // Somebody may have looked at what is no longer there: that must decide nothing.
    const tree = this.#random.chance(0.2) ? { tree: 'an older tree' } : {}
    this.#engine.decideGate(runId, step, { decision, by: 'ada', comment: null, ...tree }).catch(expected)
  }

  /** When nothing happens by itself any more: decides what was lost; false when there is nothing to help with. */
  #help(): boolean {
    let helped = false
    for (const id of this.#journal.unfinishedRuns()) {
      const run = this.#engine.get(id)
      const isStopped = run?.standstill?.needsPerson === true
      if (run === undefined || !(isStopped || ['people', 'budget'].includes(waitsFor(run))))
        throw new Error(`violated: run ${id} is stuck`)
      if (isStopped) {
        for (const credential of new Set(Array.from(this.#roster.agents.values(), (agent) => agent.credential))) {
          this.#credentials.releasedBy(credential, this.#engine.release(credential)).catch(expected)
        }
        helped = true
      }
      for (const index of run.sets.held) {
        const step = run.steps.get(index).id
        this.#engine.decideLost(id, step, this.#random.pick(['rerun', 'skip', 'fail'] as const), 'ada').catch(expected)
        helped = true
      }
      if (run.sets.paused.size > 0) {
        if (this.#random.chance(0.2)) this.#cancel(id)
        else this.#raise(id)
        helped = true
      }
    }
    return helped
  }

  #chance(when: 'before' | 'after'): void {
    if (!this.#faults || this.#crashed) return
    if (this.#random.chance(0.01)) {
      this.#crash(false)
      throw new OrchdError('INTERNAL', `crash ${when} commit`)
    }
    if (when === 'before' && this.#random.chance(0.02)) {
      this.#tallies.diskFull++
      throw new OrchdError('DISK_FULL', 'no space')
    }
  }

  #crash(reboot: boolean): void {
    this.#tallies.crashes++
    if (this.#tallies.crashes > 20) this.#faults = false
    this.#crashed = true
    if (reboot) this.#world.reboot()
  }

  async #restart(): Promise<void> {
    this.#crashed = false
    this.#last.clear() // the new holder knows only what is durable
    this.#clock.crash()
    this.#credentials.forget()
    if (this.#random.chance(0.1)) {
      this.#mark++
      this.#credentials.renew()
    }
    this.#engine = this.#start()
    await this.#engine.recover()
    for (const [key, plan] of this.#wanted) {
      if (this.#journal.runByKey(key) === undefined)
        this.#later(() => this.#journal.runByKey(key) ?? this.#submit(key, plan))
    }
  }

  #verify(): void {
    this.#world.judgeAll()
    for (const [id, run] of this.#last) {
      const replayed = fold(this.#journal, id)
      if (JSON.stringify([...(replayed?.states ?? [])]) !== JSON.stringify([...run.states])) {
        throw new Error(`violated: replay of ${id} gives another state`)
      }
      if (replayed !== undefined) this.#money.close(replayed)
    }
    const keys = [...this.#journal.rows.values()].map((row) => row.key)
    if (new Set(keys).size !== keys.length) throw new Error('violated: one key made two runs')
    if (keys.length !== this.#wanted.size)
      throw new Error(`violated: ${this.#wanted.size} submitted, ${keys.length} taken`)
  }
}

/** What a person gets who comes too late, or while the disk is full or the holder is gone: no bug. */
function expected(error: unknown): void {
  if (!(error instanceof OrchdError)) throw error
}
