import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { OrchdError } from '../../../base/errors.ts'
import { onceMark } from '../../../ports/gc.ts'
import type { Client } from '../../../ports/client.ts'
import type { Submission } from '../../../ports/engine.ts'
import type { CliDeps, Connection, ConnectOptions } from '../deps.ts'

const daemonMayBeAwayMs = 10_000
const betweenTriesMs = 200

/**
 * A command's connection to the holder, which may change while the command runs: when the holder's process ends,
 * the next one is joined, or becomes this one.
 */
export class Session implements AsyncDisposable {
  readonly #deps: CliDeps
  readonly #options: ConnectOptions
  #connection: Connection
  #withDaemon: boolean

  private constructor(deps: CliDeps, options: ConnectOptions, connection: Connection, withDaemon: boolean) {
    this.#deps = deps
    this.#options = options
    this.#connection = connection
    this.#withDaemon = withDaemon
  }

  static async open(deps: CliDeps, options: ConnectOptions): Promise<Session> {
    const connection = await deps.connect(options)
    return new Session(deps, options, connection, await isDaemon(connection))
  }

  get client(): Client {
    return this.#connection.client
  }

  get holding(): boolean {
    return this.#connection.holding
  }

  /** Who pressed the key, for the journal. */
  get person(): string {
    return personOf(this.#deps)
  }

  /** Holding: resolves when nothing can go on without a person. */
  idle(): Promise<void> {
    return this.#connection.idle()
  }

  /**
   * Submits a plan. When the holder goes away meanwhile, nobody knows whether it took the plan up: the next one is
   * given it under the same key, so that it is one run in any case.
   *
   * @throws OrchdError what the holder says, and HOLDER_UNREACHABLE when no other comes
   */
  async submit(submission: Submission): Promise<{ readonly run_id: string; readonly created: boolean }> {
    const named = { ...submission, key: submission.key ?? `${onceMark}${randomUUID()}` }
    for (const deadline = Date.now() + daemonMayBeAwayMs; ; await delay(betweenTriesMs)) {
      try {
        return await this.client.submit(named)
      } catch (error) {
        if (!isLoss(error) || Date.now() > deadline) throw error
        await this.rejoin(null)
      }
    }
  }

  /**
   * The holder is gone. What a foreground holder leaves is taken up at once, here if need be; what a daemon in the
   * background leaves likewise. A daemon is given a while to come back (an upgrade restarts it), and its place is not taken.
   *
   * @param run what it was wanted for; `null`: a run that it may not even have taken up
   * @throws OrchdError HOLDER_UNREACHABLE
   */
  async rejoin(run: string | null): Promise<void> {
    // The holder in this very process is not gone as long as this runs; only a stream of it ended.
    if (this.holding) return delay(betweenTriesMs)
    await this.#connection.close()
    const mayHold = !this.#withDaemon && this.#options.mayHold
    const detach = run === null && !this.#withDaemon && this.#options.detach === true
    for (const deadline = Date.now() + daemonMayBeAwayMs; ; await delay(betweenTriesMs)) {
      try {
        this.#connection = await this.#deps.connect({ ...this.#options, mayHold, detach })
        this.#withDaemon = await isDaemon(this.#connection)
        return
      } catch (error) {
        if (!isLoss(error)) throw error
        if (Date.now() < deadline) continue
        throw new OrchdError('HOLDER_UNREACHABLE', 'the daemon stopped', { cause: error, help: helpFor(run) })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close()
  }
}

const helpFor = (run: string | null): string =>
  run === null
    ? 'nobody knows whether it took the plan up: start it again, and look with "orchd ps" before you submit once more'
    : `running steps go on by themselves for a while; "orchd resume ${run}" goes on with the run`

/** Whether a call failed because its holder ended or is ending. */
export const isLoss = (error: unknown): boolean =>
  error instanceof OrchdError && (error.code === 'HOLDER_UNREACHABLE' || error.code === 'DRAINING')

async function isDaemon({ holding, client }: Connection): Promise<boolean> {
  return !holding && (await client.info()).kind === 'daemon'
}

/** The login name; some containers have none for their user. */
export function personOf({ env }: Pick<CliDeps, 'env'>): string {
  try {
    return userInfo().username
  } catch {
    return env['USER'] ?? env['LOGNAME'] ?? 'unknown'
  }
}
