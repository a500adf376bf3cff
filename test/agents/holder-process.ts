import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { AttemptSketch } from './attempt.ts'

type Started = Omit<AttemptSketch, 'stateFolder'>

/** Another process that is the holder and has started these attempts, for a test to kill. */
export class HolderProcess {
  readonly #process: ChildProcess

  constructor(stateFolder: string, attempts: readonly Started[], options: object = { graceMs: 300 }) {
    const script = join(import.meta.dirname, '..', 'fixtures', 'bin', 'shell-holder.ts')
    const args = [script, stateFolder, JSON.stringify(options), ...attempts.map((attempt) => JSON.stringify(attempt))]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  }

  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}
