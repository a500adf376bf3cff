import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Environment = { readonly [name: string]: string | undefined }

/** Tells systemd how a service is (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). */
export type Notifier = {
  /** One message of these assignments. Never waits and never fails: nobody depends on it here. */
  send(assignments: { readonly [name: string]: string }): void
  /** Lets what was sent go out, for a moment at most. */
  close(): Promise<void>
}

const closingMs = 500
/** A sender that dies at once is not started again and again. */
const restartMs = 1000

/**
 * A notifier for `NOTIFY_SOCKET`, or `null` when nobody asks. Node has no datagram sockets of the unix kind, so a
 * resident Perl sends them; the processes that systemd lets speak must include it (`NotifyAccess=all`).
 */
export function createNotifier(env: Environment, log: (line: string) => void): Notifier | null {
  const socket = env['NOTIFY_SOCKET'] ?? ''
  if (socket === '') return null
  if (!/^[/@]/.test(socket)) {
    log(`systemd is told nothing: NOTIFY_SOCKET is "${socket}", which is no unix socket`)
    return null
  }
  let sender: ChildProcess | null = null
  let startedAt = Number.NEGATIVE_INFINITY
  let isClosing = false
  let isTold = false

  const failed = (why: string): void => {
    sender = null
    if (!isClosing && !isTold) log(`systemd is told nothing for now: ${why}`)
    isTold = true
  }
  const start = (): ChildProcess | null => {
    if (performance.now() - startedAt < restartMs) return null
    startedAt = performance.now()
    const child = spawn('perl', [script, socket], {
      cwd: '/',
      // A session of its own: the signals that end a service are not for it, it ends with its input.
      detached: true,
      env: { PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.once('error', (error) => failed(error.message))
    child.once('exit', (code, signal) => failed(`its sender ended with ${signal ?? code}`))
    child.stdin?.on('error', () => {}) // told by its exit
    child.unref()
    return child
  }
  return {
    send(assignments) {
      sender ??= start()
      const lines = Object.entries(assignments).map(([name, value]) => `${name}=${value.replaceAll(/[\n\0]/g, ' ')}`)
      sender?.stdin?.write(`${lines.join('\n')}\0`)
    },
    async close() {
      isClosing = true
      const last = sender
      if (last === null) return
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, closingMs)
      last.once('exit', () => resolve())
      last.stdin?.end()
      await ended
      clearTimeout(timer)
    },
  }
}

const script = fileURLToPath(new URL('notify.pl', import.meta.url))

/** How often systemd wants a sign of life, if it wants any from this very process (sd_watchdog_enabled(3)). */
export function watchdogMs(env: Environment, pid: number): number | null {
  const microseconds = Number(env['WATCHDOG_USEC'] ?? '')
  const whose = env['WATCHDOG_PID'] ?? ''
  if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return null
  return whose !== '' && whose !== String(pid) ? null : microseconds / 1000
}
