import { existsSync } from 'node:fs'
import { type Ran, run, type Surroundings } from './run.ts'

/** The most of each of its outputs that the model is shown. */
const outputBytes = 32 * 1024

/** What models write mostly is for bash. */
const shell = ['/bin/bash', '/usr/bin/bash'].find((file) => existsSync(file)) ?? '/bin/sh'

/** Runs a command line of the model. What could not be started is told like a command that fails. */
export async function runShell(
  around: Surroundings,
  command: string,
  limits: { readonly timeoutMs: number; readonly outputLength: number | null },
  cancelled: AbortSignal,
): Promise<Ran> {
  const most = Math.min(limits.outputLength ?? outputBytes, outputBytes)
  try {
    return await run(around, [shell, '-c', command], { timeoutMs: limits.timeoutMs, outputBytes: most }, cancelled)
  } catch (error) {
    const stderr = `it could not be started: ${error instanceof Error ? error.message : String(error)}`
    return { stdout: '', stderr, exitCode: 126 }
  }
}
