import type { FailingCommits } from '../engine/commits.ts'
import type { Actor } from '../ports/actor.ts'
import { createNotifier, type Notifier, watchdogMs } from '../surfaces/systemd/notifier.ts'
import type { Serving } from './serve.ts'

/** The daemon as a service of systemd; without systemd every call does nothing. */
export type Service = {
  /** It serves from here on. */
  ready(serving: Serving): void
  /** Around reading the configuration again. */
  reloading(): void
  stopping(): void
  close(): Promise<void>
  /** Sends signs of life and a line of status while the daemon runs. */
  actor(serving: Serving): Actor
}

type Options = {
  readonly env: { readonly [name: string]: string | undefined }
  readonly stateFolder: string
  readonly log: (line: string) => void
}

/** The line of `systemctl status` is brought up to date so soon after a change. */
const statusMs = 1000

export function createService({ env, stateFolder, log }: Options): Service {
  const notifier = createNotifier(env, log)
  const watchdog = watchdogMs(env, process.pid)
  if (notifier === null) return silent
  return {
    ready: (serving) => notifier.send({ READY: '1', STATUS: statusOf(serving, stateFolder) }),
    reloading() {
      // Microseconds of the same clock as CLOCK_MONOTONIC.
      notifier.send({ RELOADING: '1', MONOTONIC_USEC: String(process.hrtime.bigint() / 1000n) })
    },
    stopping: () =>
      notifier.send({ STOPPING: '1', STATUS: 'draining: running steps go on, the next holder adopts them' }),
    close: () => notifier.close(),
    actor: (serving) => ({
      name: 'systemd',
      run: (signal) =>
        new Promise((resolve) => {
          const stops = [tellStatus(serving, notifier, () => statusOf(serving, stateFolder))]
          if (watchdog !== null) stops.push(ping(serving, notifier, watchdog, log))
          const end = (): void => {
            for (const stop of stops) stop()
            resolve()
          }
          if (signal.aborted) end()
          else signal.addEventListener('abort', end, { once: true })
        }),
    }),
  }
}

const silent: Service = {
  ready() {},
  reloading() {},
  stopping() {},
  close: () => Promise.resolve(),
  actor: () => ({
    name: 'systemd',
    run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }),
}

function statusOf({ engine }: Serving, stateFolder: string): string {
  return `holds ${stateFolder}: ${engine.running} of ${engine.limit} slots in use`
}

/** Tells the status after it has changed, once a second at most. */
function tellStatus({ engine }: Serving, notifier: Notifier, status: () => string): () => void {
  let timer: NodeJS.Timeout | null = null
  let told = status()
  const tell = (): void => {
    timer = null
    const now = status()
    if (now !== told) notifier.send({ STATUS: now })
    told = now
  }
  const unsubscribe = engine.observe(() => {
    timer ??= setTimeout(tell, statusMs)
  })
  return () => {
    unsubscribe()
    if (timer !== null) clearTimeout(timer)
  }
}

/**
 * A sign of life twice in the time that systemd waits for one, from a timer of the event loop: a loop that hangs, be it
 * in a commit that does not return, sends none.
 */
function ping({ engine }: Serving, notifier: Notifier, watchdog: number, log: (line: string) => void): () => void {
  let wasAlive = true
  const beat = (): void => {
    const alive = isAlive(engine.failingCommits(), watchdog / 2)
    if (alive) notifier.send({ WATCHDOG: '1' })
    else if (wasAlive)
      log('the journal cannot be written: systemd gets no more signs of life, so that it starts orchd anew')
    wasAlive = alive
  }
  beat()
  const timer = setInterval(beat, watchdog / 2)
  return () => clearInterval(timer)
}

/**
 * Not when commits have failed for a while: a new process may find a file that works. A full disk is told apart: a new
 * process could write no more than this one, which holds what it could not write yet, and goes on by itself once there
 * is room.
 */
export const isAlive = (failing: FailingCommits | null, patienceMs: number): boolean =>
  failing === null || failing.isFull || failing.forMs < patienceMs
