import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'bin/orchd.js')

export type Ended = {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A project of its own in a temporary folder, and the real `orchd` in it; everything is gone when it is disposed. */
export class Project implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'orchd-demo-'))
  readonly env: Record<string, string | undefined>
  readonly #children = new Set<ChildProcess>()
  readonly #wrapper: readonly string[]

  /** @param wrapper the words before each command, which must end in executing it: `['prlimit', '--nofile=128']` */
  constructor(env: Record<string, string> = {}, wrapper: readonly string[] = []) {
    this.#wrapper = wrapper
    this.env = { ...process.env, NO_COLOR: '1', ...env }
    for (const name of Object.keys(this.env)) if (name.startsWith('OTEL_') && !(name in env)) delete this.env[name]
    mkdirSync(join(this.folder, '.orchd'), { mode: 0o700 })
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
    return this.path(name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  copyFromRepository(name: string): void {
    cpSync(join(root, name), this.path(name), { recursive: true })
  }

  /** Starts `orchd` and leaves it running; `ended` tells how it went. `cwd`: a folder inside the project's, as a path in it. */
  start(
    args: readonly string[],
    env: Record<string, string> = {},
    cwd = '.',
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const [command, ...words] = [...this.#wrapper, process.execPath, program, ...args]
    const child = spawn(command!, words, {
      cwd: this.path(cwd),
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        this.#children.delete(child)
        resolve({ code, signal, stdout, stderr })
      })
    })
    return { child, ended }
  }

  /** Runs `orchd` to its end. */
  orchd(...args: string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** Runs `orchd … --json` and reads its answer. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await this.orchd(...args, '--json')
    // A stream of events, whose last line is the answer, or one document.
    const last = stdout.startsWith('{"') ? (stdout.trimEnd().split('\n').at(-1) ?? '') : stdout
    try {
      return JSON.parse(last)
    } catch (error) {
      throw new Error(`orchd ${args.join(' ')}: no JSON in ${JSON.stringify(stdout)} ${stderr}`, { cause: error })
    }
  }

  /** Starts a daemon and waits until it answers. */
  async daemon(
    env: Record<string, string> = {},
  ): Promise<{ readonly child: ChildProcess; readonly ended: Promise<Ended> }> {
    const daemon = this.start(['daemon'], env)
    await until('the daemon answers', async () => {
      if (daemon.child.exitCode !== null) throw new Error(`the daemon ended: ${(await daemon.ended).stderr}`)
      return (
        existsSync(this.path('.orchd/daemon.json')) &&
        this.read('.orchd/daemon.json').includes(`"pid":${daemon.child.pid},`)
      )
    })
    return daemon
  }

  /** Numbers of the processes of this project's runs that are alive: found by the environment that steps get. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
          return environment.includes('ORCHD_RUN_ID=') && environment.includes(this.folder)
        } catch {
          return false // it has ended, or is not ours to look at
        }
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    for (const pid of this.processes()) kill(pid)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended by itself since it was listed
  }
}

/** Conditions that start a command must not take the processor from what they wait for. */
const longestPauseMs = 1000

/** Waits for a condition; fails loudly when it does not come. Asks more rarely the longer an answer takes. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const askedAt = Date.now()
    if (await condition()) return
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await delay(Math.max(20, Math.min(longestPauseMs, 2 * (Date.now() - askedAt))))
  }
}

/** Says what is checked, and fails when it does not hold. */
export function check(what: string, holds: boolean, detail: unknown = ''): void {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`)
  if (!holds)
    throw new Error(`${what}: ${(typeof detail === 'string' ? detail : JSON.stringify(detail)).slice(0, 2000)}`)
}
