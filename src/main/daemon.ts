import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration } from '../base/duration.ts'
import { OrchdError } from '../base/errors.ts'
import type { Actor } from '../ports/actor.ts'
import type { Client } from '../ports/client.ts'
import { diskGuard } from './disk.ts'
import { createInboxActor } from './inbox.ts'
import { createClient } from '../surfaces/http/client.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'
import { serve, type Serving } from './serve.ts'
import { createService } from './service.ts'
import { loadSettings, type Settings } from './settings.ts'
import { freeYoungHeap } from './young-heap.ts'

export type DaemonOptions = {
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly version: string
  readonly state: string | null
  readonly exitWhenIdle: boolean
  /** One line for the log. */
  readonly log: (line: string) => void
}

/**
 * `orchd daemon`: holds the state folder, takes plans from the inbox, until a signal drains it. SIGHUP reads the
 * configuration again. A second SIGTERM or SIGINT ends it at once: what runs goes on either way.
 *
 * @returns the exit code
 * @throws OrchdError STATE_BUSY when another process is the holder
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const { cwd, env, version, state, exitWhenIdle, log } = options
  const warn = (error: OrchdError): void => log(`${error.code}  ${error.message}; ${error.help}`)
  const settings = loadSettings({ cwd, env, state, create: true })
  const socketPath = socketPathOf(settings.stateFolder)
  const serving = await whenFree(createClient({ socketPath, version }), () =>
    serve({
      ...settings,
      socketPath,
      env,
      version,
      kind: exitWhenIdle ? 'background' : 'daemon',
      readOnly: false,
      warn,
      log,
    }),
  )
  const service = createService({ env, stateFolder: settings.stateFolder, log })
  const stop = new AbortController()
  const hangUp = (): void => {
    service.reloading()
    reload(options, serving, log)
    service.ready(serving)
  }
  const signals = handleSignals(stop, hangUp, log)
  writeDaemonFile(settings, socketPath, version)
  log(`orchd ${version} holds ${settings.stateFolder} (pid ${process.pid}, limit ${settings.config.maxParallelAgents})`)
  try {
    const { diskCriticalBytes } = settings.config
    const guard = diskGuard(settings.stateFolder, diskCriticalBytes, serving.clock)
    const actors: [Actor, ...Actor[]] = [untilAborted, guard, service.actor(serving)]
    if (exitWhenIdle) actors.push(endsWhenIdle(serving))
    else {
      actors.push(createInboxActor({ settings, serving, env, log }))
      log(`plans dropped into ${settings.config.inbox} are run`)
    }
    service.ready(serving)
    const release = serving.engine.observe(() => {
      freeYoungHeap()
      release()
    })
    await runGroup(actors, stop.signal)
    return 0
  } finally {
    service.stopping()
    signals.release()
    log('drains: running steps go on, the next holder adopts them')
    rmSync(daemonFile(settings), { force: true })
    if (!(await endsWithin(serving.close(), settings.config.drainTimeoutMs))) {
      const after = formatDuration(settings.config.drainTimeoutMs)
      log(`its own work was not done after ${after}, and is left to the next holder (drain_timeout)`)
      process.exit(0) // as after a crash: the next holder finds what is not done
    }
    await service.close()
  }
}

async function endsWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  const waiting = new AbortController()
  const tooLong = delay(timeoutMs, false, { signal: waiting.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), tooLong])
  } finally {
    waiting.abort()
  }
}

/** Commands that only look hold the folder for a moment and answer nobody; a holder that answers is there to stay. */
const patienceMs = 2000
const betweenTriesMs = 50

async function whenFree<T>(holder: Client, take: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ; await delay(betweenTriesMs)) {
    try {
      return await take()
    } catch (error) {
      const busy = error instanceof OrchdError && error.code === 'STATE_BUSY'
      if (!busy || performance.now() > deadline || (await answers(holder))) throw error
    }
  }
}

const answers = (holder: Client): Promise<boolean> =>
  holder.info().then(
    () => true,
    () => false,
  )

/** Runs every actor until the first one ends, then stops the rest, waits for all, and reports the first error. */
async function runGroup(actors: readonly Actor[], parent: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([parent, stop.signal])
  const running = actors.map((actor) => actor.run(signal))
  try {
    await Promise.race(running)
  } finally {
    stop.abort()
    await Promise.allSettled(running)
  }
}

const untilAborted: Actor = {
  name: 'signals',
  run: (signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    }),
}

/** A daemon that `--detach` started: it stays for as long as something can go on, and a little for whoever comes next. */
const lingerMs = 2000
const endsWhenIdle = ({ engine, clock }: Serving): Actor => ({
  name: 'idle',
  run: async (signal) => {
    const linger = (): Promise<void> =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve() // it would not be told again
        const timer = clock.at(clock.now() + lingerMs, resolve)
        signal.addEventListener('abort', () => (timer.cancel(), resolve()), { once: true })
      })
    do {
      await Promise.race([engine.whenIdle(), untilAborted.run(signal)])
      await linger()
    } while (!signal.aborted && !engine.idle())
  },
})

function handleSignals(stop: AbortController, hangUp: () => void, log: (line: string) => void): { release(): void } {
  const end = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143)
    log(`${name}: stopping; once more ends at once`)
    stop.abort()
  }
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', hangUp)
  return { release: () => void process.off('SIGHUP', hangUp) }
}

function reload(
  { cwd, env, state }: DaemonOptions,
  { engine, setReviewPolicy }: Serving,
  log: (line: string) => void,
): void {
  try {
    const { config } = loadSettings({ cwd, env, state, create: false })
    engine.setLimit(config.maxParallelAgents)
    setReviewPolicy(config.review)
    log(`configuration read again: limit ${config.maxParallelAgents}, review; all other settings need a restart`)
  } catch (error) {
    log(`the configuration stays as it was: ${error instanceof OrchdError ? error.message : String(error)}`)
  }
}

const daemonFile = ({ stateFolder }: Settings): string => join(stateFolder, 'daemon.json')

/** Who serves this folder, for people and programs that look for the daemon. */
function writeDaemonFile(settings: Settings, socketPath: string, version: string): void {
  const file = daemonFile(settings)
  writeFileSync(`${file}.tmp`, `${JSON.stringify({ pid: process.pid, version, socket: socketPath })}\n`, {
    mode: 0o600,
  })
  renameSync(`${file}.tmp`, file)
}
