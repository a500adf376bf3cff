import { symlinkSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { Instant } from '../../base/ids.ts'
import type { Attachment, StopReason } from '../../ports/agent.ts'
import { type Claim, holdClaim } from './claim.ts'
import { type Ended, endedBy, readStatus } from './ended.ts'
import { isAlive, type ProcessIdentity } from './identity.ts'
import { Launcher, type LauncherOptions } from './launcher.ts'
import { watchFolder } from './watch.ts'

/** What is to run for an attempt, and within which limits. */
export type ProcessSpec = {
  /** `run/step/attempt`: the mark that its processes carry in ORCHD_ATTEMPT_KEY. */
  readonly key: string
  readonly folder: string
  readonly workingDirectory: string
  /** A program that can do without a shell, or empty; anything odd about it leads to `shell` instead. */
  readonly direct: readonly string[]
  readonly shell: readonly string[]
  readonly env: { readonly [name: string]: string }
  readonly limits: ProcessLimits
  readonly startedAt: Instant
}

export type ProcessLimits = {
  readonly timeoutMs: number | null
  readonly stallTimeoutMs: number | null
  readonly orphanTimeoutMs: number | null
  /** From TERM to KILL. */
  readonly graceMs: number
  readonly headBytes: number
  readonly tailBytes: number
}

/** Beside what the engine wishes: what a watch on the output of an agent finds. */
export type ProcessStop = StopReason | 'settled' | 'stalled'

type EndReport = (ended: Ended) => void
type Live = {
  readonly id: number
  readonly spec: ProcessSpec
  readonly report: EndReport
  generation: number
  /** Ours: it sends the end through its pipe. */
  launcher: Launcher | null
  /** An earlier holder's, which still watches over the attempt. */
  foreign: ProcessIdentity | null
  unwatch: () => void
  stopReason: ProcessStop | null
  /** Waits for the launcher's word on `guard`; `null`: it died over the question. */
  answer: ((alive: boolean | null) => void) | null
  launches: number
}

/** A launcher that dies again and again is no reason to try for ever. */
const maxLaunches = 3

/**
 * The processes of attempts: started through one launcher of ours, or adopted from the launcher of an earlier holder.
 *
 * ```
 * start  -> requested -> (ended)                   by our launcher's report
 *              |  its launcher died, or somebody else claimed the attempt: find
 * attach -> find -> status there                   ended, picked up
 *                -> claimed, launcher lives        adopted: watch the folder
 *                -> claimed, launcher dead         guarded by our launcher, or lost
 *                -> unclaimed                      held, so that it never begins; may be started anew
 * ```
 */
export class AttemptProcesses {
  readonly #options: LauncherOptions
  readonly #live = new Map<string, Live>()
  readonly #byId = new Map<number, Live>()
  readonly #generations = new Map<string, number>()
  #launcher: Launcher | null = null
  #ids = 0

  constructor(options: LauncherOptions) {
    this.#options = options
  }

  /** `report` is called once, never before this returns. A second start of an attempt that is under way does nothing. */
  start(spec: ProcessSpec, report: EndReport): void {
    if (this.#live.has(spec.key)) return
    const live = this.#enter(spec, report)
    live.generation = this.#generations.get(spec.key) ?? 0
    this.#generations.delete(spec.key)
    this.#launch(live)
  }

  async attach(spec: ProcessSpec, report: EndReport): Promise<Attachment> {
    const known = this.#live.get(spec.key)
    if (known !== undefined) return 'adopted'
    const live = this.#enter(spec, report)
    const found = await this.#find(live)
    if (found === 'unclaimed') this.#generations.set(spec.key, live.generation)
    if (found === 'unclaimed' || found === 'lost') this.#leave(live)
    return found
  }

  stop(key: string, reason: ProcessStop): void {
    const live = this.#live.get(key)
    if (live === undefined || live.stopReason === 'killed' || live.stopReason === reason) return
    live.stopReason = reason
    this.#pressStop(live)
  }

  /** Lets go of every process; nothing is reported any more. */
  async close(): Promise<void> {
    for (const live of this.#live.values()) {
      live.unwatch()
      live.answer?.(true) // whatever it is, the next holder finds it
    }
    this.#live.clear()
    this.#byId.clear()
    await this.#launcher?.close()
    this.#launcher = null
  }

  #enter(spec: ProcessSpec, report: EndReport): Live {
    const live: Live = {
      id: ++this.#ids, spec, report, generation: 0, launcher: null, foreign: null, unwatch: () => {},
      stopReason: null, answer: null, launches: 0,
    } // prettier-ignore
    this.#live.set(spec.key, live)
    this.#byId.set(live.id, live)
    return live
  }

  #leave(live: Live): void {
    live.unwatch()
    this.#live.delete(live.spec.key)
    this.#byId.delete(live.id)
    if (this.#live.size === 0) this.#launcher?.rest()
  }

  #finish(live: Live, ended: Ended): void {
    if (this.#byId.get(live.id) !== live) return
    this.#leave(live)
    live.report(ended)
  }

  #launch(live: Live): void {
    try {
      live.launches++
      live.launcher = this.#ready()
    } catch (error) {
      const why = `cannot start the launcher: ${error instanceof Error ? error.message : String(error)}`
      setImmediate(() => this.#finish(live, endedBy('spawn_failed', why)))
      return
    }
    live.launcher.send(startRequest(live))
    if (live.stopReason !== null) this.#pressStop(live)
  }

  #ready(): Launcher {
    this.#launcher ??= this.#newLauncher()
    this.#launcher.work()
    return this.#launcher
  }

  #newLauncher(): Launcher {
    const launcher: Launcher = new Launcher(this.#options, {
      ended: (id, ended) => this.#withId(id, (live) => this.#finish(live, ended)),
      claimed: (id) => this.#withId(id, (live) => void this.#recover(live)),
      guarded: (id, alive) => this.#withId(id, (live) => live.answer?.(alive)),
      gone: (why) => this.#survive(launcher, why),
    })
    return launcher
  }

  #withId(id: number, then: (live: Live) => void): void {
    const live = this.#byId.get(id)
    if (live !== undefined) then(live)
  }

  /** Our launcher has died: its attempts may run on, may have ended, may never have begun. */
  #survive(launcher: Launcher, why: string): void {
    if (this.#launcher === launcher) this.#launcher = null
    for (const live of this.#live.values()) {
      if (live.launcher !== launcher) continue
      live.launcher = null
      if (live.answer !== null) live.answer(null)
      else if (live.launches < maxLaunches) void this.#recover(live)
      else this.#finish(live, readStatus(live.spec.folder) ?? endedBy('spawn_failed', why))
    }
  }

  /** Goes on with an attempt that is not where `start` thought it was. */
  async #recover(live: Live): Promise<void> {
    // Without a launcher nothing can be found out, and an attempt that may run must not be started again.
    const found = await this.#find(live).catch(() => 'lost')
    if (this.#byId.get(live.id) !== live) return
    if (found === 'unclaimed') this.#launch(live)
    else if (found === 'lost') this.#finish(live, endedBy('lost', null))
  }

  async #find(live: Live): Promise<Attachment> {
    const claim = holdOrRead(live.spec)
    if (claim.kind === 'unclaimed') {
      live.generation = claim.generation
      return begunBeforeBoot(live.spec) ? 'lost' : 'unclaimed'
    }
    if (claim.launcher !== null && isAlive(claim.launcher)) {
      this.#watch(live, claim.launcher)
      if (live.stopReason !== null) this.#pressStop(live)
    }
    // Read after the watch began, and after the launcher was seen dead: a status is never overlooked.
    const ended = readStatus(live.spec.folder)
    if (ended !== null) {
      setImmediate(() => this.#finish(live, ended))
      return 'picked_up'
    }
    return live.foreign !== null || (await this.#guard(live)) ? 'adopted' : 'lost'
  }

  /** Our launcher looks for what an attempt's dead launcher left running, and watches over it. */
  async #guard(live: Live): Promise<boolean> {
    const { spec } = live
    while (live.launches < maxLaunches) {
      live.launches++
      live.launcher = this.#ready()
      const answer = Promise.withResolvers<boolean | null>()
      live.answer = answer.resolve
      const elapsedMs = String(Math.max(0, Date.now() - spec.startedAt))
      live.launcher.send(['guard', String(live.id), spec.key, spec.folder, elapsedMs, ...limitFields(spec.limits)])
      const alive = await answer.promise
      live.answer = null
      if (alive === true && live.stopReason !== null) this.#pressStop(live)
      if (alive !== null) return alive
    }
    return false
  }

  #watch(live: Live, launcher: ProcessIdentity): void {
    live.foreign = launcher
    live.unwatch()
    live.unwatch = watchFolder(live.spec.folder, () => {
      const alive = isAlive(launcher)
      const ended = readStatus(live.spec.folder)
      if (ended !== null) return this.#finish(live, ended)
      if (alive) return
      live.unwatch()
      live.foreign = null
      void this.#recover(live)
    })
  }

  #pressStop(live: Live): void {
    const { launcher, foreign, stopReason, spec } = live
    if (stopReason === null) return
    if (launcher !== null) launcher.send(['stop', String(live.id), stopReason])
    else if (foreign !== null) askForeign(foreign, spec.folder, stopReason)
  }
}

function startRequest({ id, spec, generation }: Live): string[] {
  return [
    'start', String(id), spec.key, spec.folder, String(generation), ...limitFields(spec.limits), spec.workingDirectory,
    String(spec.direct.length), ...spec.direct, String(spec.shell.length), ...spec.shell,
    ...Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
  ] // prettier-ignore
}

const limitFields = (limits: ProcessLimits): string[] =>
  [
    limits.timeoutMs, limits.stallTimeoutMs, limits.orphanTimeoutMs, limits.graceMs, limits.headBytes, limits.tailBytes,
  ].map((limit) => String(Math.round(limit ?? 0))) // prettier-ignore

function holdOrRead(spec: ProcessSpec): Claim {
  try {
    return holdClaim(spec.folder)
  } catch {
    // A full disk, or no permission: nothing keeps a late launcher from it, so it counts as begun.
    return { kind: 'claimed', launcher: null }
  }
}

/**
 * Claims are not forced to the disk, so after a power loss a missing one proves nothing: an attempt whose intent is
 * older than this boot may have run.
 */
const begunBeforeBoot = (spec: ProcessSpec): boolean => spec.startedAt < Date.now() - uptime() * 1000

/** Leaves the reason in the folder and wakes the launcher that looks after it. */
function askForeign(launcher: ProcessIdentity, folder: string, reason: ProcessStop): void {
  try {
    symlinkSync(reason, join(folder, reason === 'killed' ? 'stop.now' : 'stop'))
  } catch {
    // Asked before, also by an earlier holder: the first reason stands, and waking the launcher again does no harm.
  }
  if (!isAlive(launcher)) return
  try {
    process.kill(launcher.pid, 'SIGUSR1')
  } catch {
    // It ended just now: the watch on the folder finds out.
  }
}
