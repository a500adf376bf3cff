import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Excerpt } from './excerpt.ts'

/** How commands of the model are started. */
export type Surroundings = {
  /** The beginning of the command line that confines a command; empty: nothing does. */
  readonly prefix: readonly string[]
  /** The whole environment. */
  readonly env: { readonly [name: string]: string }
  readonly folder: string
}

export type Limits = { readonly timeoutMs: number; readonly outputBytes: number; readonly input?: string }

export type Ran = {
  readonly stdout: string
  readonly stderr: string
  /** `null`: it took too long. */
  readonly exitCode: number | null
}

const graceMs = 2000
/** What a command leaves running may hold its output; nobody waits for that. */
const drainMs = 500

/** Runs a command with an absolute path to its end, and ends what it leaves in its group. Rejects only when it cannot be started. */
export async function run(
  { prefix, env, folder }: Surroundings,
  command: readonly string[],
  { timeoutMs, outputBytes, input = '' }: Limits,
  cancelled: AbortSignal,
): Promise<Ran> {
  const [program = '', ...args] = [...prefix, ...command]
  const child = spawn(program, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const [stdout, stderr] = [new Excerpt(outputBytes), new Excerpt(outputBytes)]
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A command that does not read is no failure.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const group = (name: NodeJS.Signals): void => signalGroup(child.pid, name)
  let late = false
  let kill: NodeJS.Timeout | undefined
  const end = (): void => {
    group('SIGTERM')
    kill ??= setTimeout(() => group('SIGKILL'), graceMs)
  }
  const timer = setTimeout(() => {
    late = true
    end()
  }, timeoutMs)
  cancelled.addEventListener('abort', end, { once: true })
  if (cancelled.aborted) end()
  try {
    const exitCode = await ending(child)
    group('SIGKILL')
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode: late ? null : exitCode }
  } finally {
    clearTimeout(timer)
    clearTimeout(kill)
    cancelled.removeEventListener('abort', end)
  }
}

/** Its exit code, or 128 and the number of the signal, with its output read or given up. */
async function ending(child: ReturnType<typeof spawn>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code, signal) => {
    const exitCode = code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))
    const timer = setTimeout(() => {
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve(exitCode)
    }, drainMs)
    child.once('close', () => {
      clearTimeout(timer)
      resolve(exitCode)
    })
  })
  return promise
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // nothing of it is left
  }
}
