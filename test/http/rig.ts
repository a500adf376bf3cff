import { OrchdError } from '../../src/base/errors.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runId, stepId, type RunId } from '../../src/base/ids.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createClock } from '../../src/engine/clock.ts'
import { EmbeddedEngine } from '../../src/engine/engine.ts'
import { checkRequest } from '../../src/main/requests.ts'
import { openVault } from '../support/vault.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { AgentAdapter, Attempt, Report } from '../../src/ports/agent.ts'
import type { Client, RunFact } from '../../src/ports/client.ts'
import type { Submission } from '../../src/ports/engine.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { explain } from '../../src/run/explain.ts'
import { emptyRoster } from '../../src/run/roster.ts'
import { createClient } from '../../src/surfaces/http/client.ts'
import type { HttpDeps } from '../../src/surfaces/http/deps.ts'
import { listenUnix } from '../../src/surfaces/http/server.ts'
import { socketPathOf } from '../../src/surfaces/http/socket-path.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { rosterAgent } from '../support/roster.ts'
import { success } from '../support/runs.ts'
import { HandLogs } from './hand-logs.ts'

export const version = '1.2.3'

const roster = { ...emptyRoster, agents: new Map([['worker', rosterAgent('worker')]]) }

/** A real engine behind a real socket. Nothing runs by itself: the test is the agent, and ends every attempt. */
export class Rig implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'orchd-http-'))
  readonly journal: MemoryJournal = new MemoryJournal()
  readonly logs: HandLogs = new HandLogs()
  engine: EmbeddedEngine
  readonly socketPath: string
  readonly client: Client
  readonly warnings: string[] = []
  /** How many observe the engine, beside the rig. */
  observers = 0
  /** How often the journal was asked for the events of a run. */
  readsOfHistory = 0
  readonly #running = new Map<string, Report>()
  #server: AsyncDisposable | null = null

  readonly #clock = createClock()

  private constructor() {
    this.engine = this.#newEngine()
    this.socketPath = socketPathOf(this.folder)
    this.client = createClient({ socketPath: this.socketPath, version })
  }

  get deps(): HttpDeps {
    const clock = this.#clock
    return {
      engine: this.engine,
      secretInputsOf: () => [],
      readLog: this.logs.read,
      now: () => clock.now(),
      info: () => ({
        version,
        state_folder: '',
        pid: 1,
        kind: 'daemon',
        limit: 4,
        running: this.engine.running,
        started_at: '',
      }),
      history: (run, afterSeq) => {
        this.readsOfHistory++
        return this.journal.eventsOf(run).filter((entry) => entry.seq > afterSeq)
      },
      attemptsEnded: () => this.journal.attemptsEnded(),
      planOf: (run) => this.journal.rows.get(run)?.plan ?? '',
      lastSeq: () => this.journal.lastSeq(),
      agents: (query, signal) => this.agents(query, signal),
      attemptFolder: (_run, step, attempt) => `${step}/${attempt}`,
      explain: (run, step) => explain(run, stepId(step), this.engine.slots(), clock.now()),
      diff: () => Promise.reject(new OrchdError('CHANGE_NOT_FOUND', 'there is no repository here')),
      open: () => Promise.reject(new OrchdError('WORKSPACE_GONE', 'there is no repository here')),
      trace: async (run, options) => ({ trace_id: run, url: null, exported: options.export ? 3 : null }),
      report: (run, format) => `${run.id} as ${format}`,
      collect: this.collect,
      checkPlan: (bytes, inputs) => this.check(new TextDecoder().decode(bytes), inputs),
      checkRequest: (bytes, simulate) => this.checkRequest(bytes, simulate),
      warn: (error) => this.warnings.push(error.message),
    }
  }

  /** What the holder makes of a request, in a project with one agent that is simulated. */
  checkRequest: HttpDeps['checkRequest'] = (bytes, simulate) => {
    const config = { agents: { worker: { type: 'simulated', capabilities: ['work'] } } }
    writeFileSync(join(this.folder, 'orchestrator_config.yaml'), JSON.stringify(config))
    const settings = loadConfig({ projectFolder: this.folder, env: {} })
    const place = { file: 'request', projectFolder: this.folder, config: settings.config, env: {}, seesKeys: true }
    return checkRequest({ ...place, bytes, simulate, forRun: true })
  }

  /** What the holder makes of a plan's text. */
  check: (text: string, inputs: HttpDepsInputs) => ReturnType<HttpDeps['checkPlan']> = () => {
    throw new Error('this test submits no text')
  }

  /** The agents of the holder. */
  agents: HttpDeps['agents'] = () => Promise.resolve([])

  /** What the holder removes. */
  collect: HttpDeps['collect'] = () => {
    throw new Error('this test removes nothing')
  }

  static async start(): Promise<Rig> {
    const rig = new Rig()
    await rig.listen()
    return rig
  }

  async listen(deps: Partial<HttpDeps> = {}): Promise<void> {
    this.#server = await listenUnix(this.socketPath, { ...this.deps, ...deps })
  }

  async close(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
    this.#server = null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.engine.drain()
    rmSync(this.folder, { recursive: true })
  }

  /** The holder dies with all attempts, and another one takes its place. */
  async loseHolder(): Promise<void> {
    await this.close()
    this.#running.clear()
    this.engine = this.#newEngine()
    await this.engine.recover()
    await this.listen()
  }

  #newEngine(): EmbeddedEngine {
    const engine = new EmbeddedEngine({
      stateFolder: this.folder,
      journal: this.journal,
      clock: this.#clock,
      limit: 100_000,
      adapterFor: () => this.#adapter(),
      secretsFor: () => ({}),
      vault: openVault,
      traceparentOf: () => '00-0-0-00',
      roster: () => roster,
      mayStart: () => true,
      warn: (error) => this.warnings.push(error.message),
    })
    const observe = engine.observe.bind(engine)
    engine.observe = (observer) => {
      this.observers++
      const stop = observe(observer)
      return () => {
        this.observers--
        stop()
      }
    }
    return engine
  }

  /** Submits a plan and waits until what can start has started. */
  async submit(plan: Plan): Promise<RunId> {
    const { run_id } = await this.client.submit(submission(plan))
    return runId(run_id)
  }

  /** Ends the attempt that a step has running. */
  async finish(run: RunId, step: string, result: AttemptResult = success): Promise<void> {
    const report = this.#running.get(`${run}/${step}`)
    if (report === undefined) throw new Error(`"${step}" of ${run} does not run`)
    this.#running.delete(`${run}/${step}`)
    const { promise: told, resolve } = Promise.withResolvers<void>()
    const stop = this.engine.observe(() => resolve())
    report(result)
    await told
    stop()
  }

  isRunning(run: RunId, step: string): boolean {
    return this.#running.has(`${run}/${step}`)
  }

  /** Ends all attempts of a run, without waiting for the engine. */
  finishAll(run: RunId, result: AttemptResult = success): void {
    for (const [name, report] of this.#running) {
      if (!name.startsWith(`${run}/`)) continue
      this.#running.delete(name)
      report(result)
    }
  }

  #adapter(): AgentAdapter {
    return {
      name: 'hand',
      start: (attempt, report) => void this.#running.set(nameOf(attempt), report),
      attach: async () => 'lost',
      stop: (key) => this.#running.get(nameOf(key))?.({ ...success, outcome: 'cancellation', cause: 'cancelled' }),
    }
  }
}

const nameOf = ({ runId: run, step }: Pick<Attempt, 'runId' | 'step'>): string => `${run}/${step}`

type HttpDepsInputs = Parameters<HttpDeps['checkPlan']>[1]

export const submission = (plan: Plan, more: Partial<Submission> = {}): Submission => ({
  plan,
  inputs: {},
  source: { file: 'plan.yaml', sha256: '', projectFolder: '/project' },
  simulate: 'none',
  path: null,
  requestId: null,
  key: null,
  ...more,
})

export const never: AbortSignal = new AbortController().signal

/** All facts of a stream, to its end. */
export const factsOf = (client: Client, run: string, lastEventId: string | null = null): Promise<RunFact[]> =>
  collect(client.events(run, lastEventId, never))

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The error that a promise must end with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )

/** Resolves once `holds` is true; fails after 10 s. For what no event tells of. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
