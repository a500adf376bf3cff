import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Attachment, Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import type { AttemptSketch } from './attempt.ts'
import { launcher, type ShellRig, until } from './rig.ts'

type Started = Omit<AttemptSketch, 'stateFolder'>

/** Another process that is the holder and has started these attempts, for a test to kill. */
export class HolderProcess {
  readonly #process: ChildProcess

  constructor(stateFolder: string, attempts: readonly Started[], options: object = { graceMs: 300 }) {
    const script = join(import.meta.dirname, '..', 'fixtures', 'bin', 'shell-holder.ts')
    const args = [
      script,
      stateFolder,
      JSON.stringify({ ...launcher(), ...options }),
      ...attempts.map((attempt) => JSON.stringify(attempt)),
    ]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  }

  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

/** Attaches, and gives the attachment and the result that follows it. */
export async function attach(
  rig: ShellRig,
  attempt: Attempt,
): Promise<{ found: Attachment; ended: Promise<AttemptResult> }> {
  const { promise, resolve } = Promise.withResolvers<AttemptResult>()
  return { found: await rig.shell.attach(attempt, resolve), ended: promise }
}

/** Starts attempts under another holder, waits until they run, and kills it. */
export async function orphaned(rig: ShellRig, commands: { readonly [step: string]: string }, spec = {}): Promise<void> {
  const attempts = Object.entries(commands).map(([step, command]) => ({ step, command, spec }))
  const holder = new HolderProcess(rig.stateFolder, attempts)
  for (const { step, command } of attempts) {
    await until(`${step} to run`, () => rig.file(rig.attempt(command, { step }), 'output.raw'))
  }
  await holder.kill()
}
