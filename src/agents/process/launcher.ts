import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { type Ended, parseEnded } from './ended.ts'
import { encodeFrame } from './frame.ts'
import { bootId } from './identity.ts'
import { launcherProgram } from './program.ts'

export type LauncherOptions = {
  readonly stateFolder: string
  /** The environment of all attempts, without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  /** Runs the launcher in Perl, with this program. @default the compiled one; without it the first `perl` on the PATH */
  readonly perl?: string
}

/** What a launcher tells; `id` is the number that the request gave. */
export type LauncherListener = {
  ended(id: number, ended: Ended): void
  /** Somebody else began it: it was not started. */
  claimed(id: number): void
  /** The answer to `guard`: it is watched from now on (true), or nothing of it lives. */
  guarded(id: number, alive: boolean): void
  /** The launcher has ended, or never began, without being closed. */
  gone(why: string): void
}

/**
 * The process that starts attempts, see `launcher.pl` (and `launcher/`, the same in C). It is in a session of its own and outlives the holder.
 * The requests (with the environment of attempts, secrets included) go through a pipe: never argv, never the disk.
 */
export class Launcher {
  readonly #process: ChildProcess
  readonly #requests: Writable
  readonly #reports: Readable
  readonly #listener: LauncherListener
  #waiting: Buffer[] = []
  #rest = ''
  #over = false

  constructor(options: LauncherOptions, listener: LauncherListener) {
    this.#listener = listener
    const { command, args } = launcherProgram(options.perl)
    const log = openSync(join(options.stateFolder, 'launcher.log'), 'a', 0o600)
    try {
      this.#process = spawn(command, [...args, join(options.stateFolder, 'holder'), bootId()], {
        cwd: '/',
        detached: true,
        // The launcher's own environment comes through the pipe: PERL5OPT and the like are for steps, not for it.
        env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
        stdio: ['pipe', 'pipe', log],
      })
    } finally {
      closeSync(log)
    }
    const { stdin, stdout } = this.#process
    this.#process.on('error', (error) => this.#end(`cannot start ${command}: ${error.message}`))
    this.#process.on('close', (code, signal) => this.#end(`the launcher ended (${signal ?? `exit code ${code}`})`))
    // Without file descriptors there are no pipes; `error` follows.
    this.#requests = stdin ?? new PassThrough()
    this.#reports = stdout ?? new PassThrough()
    this.#requests.on('error', () => {}) // it has ended: `close` tells
    this.#reports.setEncoding('utf8')
    this.#reports.on('data', (text: string) => this.#read(text))
    this.send(['base', ...Object.entries(options.baseEnv).map(([name, value]) => `${name}=${value}`)])
    this.rest()
  }

  /** All requests of one turn of the event loop go out in one write. */
  send(fields: readonly string[]): void {
    if (this.#waiting.length === 0) process.nextTick(() => this.#flush())
    this.#waiting.push(encodeFrame(fields))
  }

  /** Keeps the holder's event loop alive; `rest` no longer does. */
  work(): void {
    this.#process.ref()
    ref(this.#reports, 'ref')
  }

  rest(): void {
    this.#process.unref()
    ref(this.#requests, 'unref')
    ref(this.#reports, 'unref')
  }

  /** Lets go: resolves when every request is on its way. The launcher ends after its last attempt. */
  async close(): Promise<void> {
    this.#over = true
    this.#flush()
    if (!this.#requests.destroyed) {
      ref(this.#requests, 'ref')
      const closed = once(this.#requests, 'close')
      this.#requests.end(() => this.#requests.destroy())
      await closed
    }
    this.#reports.destroy()
  }

  #flush(): void {
    const frames = this.#waiting
    this.#waiting = []
    if (frames.length > 0 && this.#requests.writable) this.#requests.write(Buffer.concat(frames))
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#hear(line)
  }

  #hear(line: string): void {
    const [, verb, id, json] = /^(\w+) (\d+)(?: (.*))?$/.exec(line) ?? []
    const ended = verb === 'ended' ? parseEnded(json ?? '') : null
    if (ended !== null) this.#listener.ended(Number(id), ended)
    else if (verb === 'claimed') this.#listener.claimed(Number(id))
    else if (verb === 'guarding' || verb === 'gone') this.#listener.guarded(Number(id), verb === 'guarding')
  }

  #end(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#listener.gone(why)
  }
}

/** Pipes of child processes are sockets and can be let go of; the type that they are declared with does not say so. */
function ref(stream: Readable | Writable, verb: 'ref' | 'unref'): void {
  if (verb in stream && typeof Reflect.get(stream, verb) === 'function')
    Reflect.apply(Reflect.get(stream, verb), stream, [])
}
