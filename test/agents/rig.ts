import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIdentity, processIdentity } from '../../src/agents/process/identity.ts'
import { type ClosableAdapter, createShell, type ShellOptions } from '../../src/agents/shell.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { attemptOf, type AttemptSketch } from './attempt.ts'

/** A state folder of its own and a real shell adapter over it; this process says that it is the holder. */
export type ShellRig = AsyncDisposable & {
  readonly stateFolder: string
  readonly shell: ClosableAdapter
  attempt(command: string, sketch?: Partial<AttemptSketch>): Attempt
  /** Starts an attempt and waits for its result. */
  run(attempt: Attempt): Promise<AttemptResult>
  /** The text of a file in the attempt's folder, or `null`. */
  file(attempt: Attempt, name: string): string | null
}

export function shellRig(options: Partial<ShellOptions> = {}): ShellRig {
  const stateFolder = options.stateFolder ?? mkdtempSync(join(tmpdir(), 'orchd-shell-'))
  writeFileSync(join(stateFolder, 'holder'), `${formatIdentity(processIdentity(process.pid)!)}\n`)
  const shell = createShell({
    stateFolder,
    baseEnv: plainEnv(),
    secretValues: [],
    graceMs: 300,
    ...launcher(),
    ...options,
  })
  const started: Attempt[] = []
  return {
    stateFolder,
    shell,
    attempt: (command, sketch = {}) => attemptOf({ stateFolder, command, ...sketch }),
    run: (attempt) => {
      started.push(attempt)
      return runOn(shell, attempt)
    },
    file: (attempt, name) => readOr(join(attempt.folder, name)),
    async [Symbol.asyncDispose]() {
      for (const attempt of started) shell.stop(attempt, 'killed')
      await shell.close()
      rmSync(stateFolder, { recursive: true, force: true })
    },
  }
}

/** The vitest project `perl` runs these tests with the launcher in Perl; otherwise it is the one that users get. */
export const launcher = (): { readonly perl?: string } =>
  process.env['ORCHD_LAUNCHER'] === 'perl' ? { perl: 'perl' } : {}

export function runOn(shell: ClosableAdapter, attempt: Attempt): Promise<AttemptResult> {
  return new Promise((resolve) => shell.start(attempt, resolve))
}

export const plainEnv = (): { readonly [name: string]: string } => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '/',
})

export function readOr(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Waits for a truth (not null, empty or zero); fails with `what` when it does not come true in time. */
export async function until<T>(what: string, look: () => T | null, withinMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Whether a process with this number runs; a zombie does not. */
export const lives = (pid: number): boolean => processIdentity(pid) !== null
