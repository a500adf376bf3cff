import { agentEnvironment } from '../agents/cli/environment.ts'

/** How a short command ended: by itself, in time or not, or that it never began. `output`: the start of what it printed. */
export type Brief =
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly output: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'not_started' }

type Options = {
  /** Of the holder, without secrets; the command gets of it what an agent gets. */
  readonly env: { readonly [name: string]: string }
  readonly timeoutMs: number
  /** Ends it before its time: then it was late. */
  readonly signal: AbortSignal
}

/** Where a command finds nothing of anybody's that it could read or change by chance. */
const neutralFolder = '/'

/**
 * Runs a command that only asks something: in a folder of nobody, with nothing to read, without secrets, and together
 * with everything that it started it is gone when this resolves.
 */
export async function runBriefly(command: readonly string[], { env, timeoutMs, signal }: Options): Promise<Brief> {
  const [program = '', ...words] = command
  const { execa } = await import('execa')
  let isLate = false
  const child = execa(program, words, {
    cwd: neutralFolder,
    env: agentEnvironment(env),
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    // A group of its own, so that what it starts can be ended with it.
    detached: true,
    maxBuffer: 65_536,
    reject: false,
  })
  const endAll = (): void => endGroup(child.pid)
  const endLate = (): void => {
    isLate = true
    endAll()
  }
  const timer = setTimeout(endLate, timeoutMs)
  signal.addEventListener('abort', endLate)
  remember(child.pid)
  // What it leaves behind may hold its output open.
  child.nodeChildProcess.once('exit', endAll)
  if (signal.aborted) endLate()
  try {
    const { exitCode, signal: endedBy, stdout, isMaxBuffer } = await child
    if (isLate) return { kind: 'late' }
    if (exitCode === undefined && endedBy === undefined && !isMaxBuffer) return { kind: 'not_started' }
    return { kind: 'ended', exitCode: exitCode ?? null, output: stdout }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', endLate)
    running.delete(child.pid ?? 0)
  }
}

/** Groups that run now: they are not ended by what ends this process. */
const running = new Set<number>()

function remember(pid: number | undefined): void {
  if (pid === undefined) return
  // One listener for all: an agent more is no leak that Node should warn of.
  if (!process.listeners('exit').includes(endRunning)) process.once('exit', endRunning)
  running.add(pid)
}

function endRunning(): void {
  for (const pid of running) endGroup(pid)
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}
