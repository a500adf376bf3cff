import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatIdentity, processIdentity } from '../src/agents/process/identity.ts'
import { createShell } from '../src/agents/shell.ts'
import { attemptOf } from '../test/agents/attempt.ts'
import { cpuSecondsOfTree } from './usage.ts'

/** From the first start to the last report: wall time, and the CPU of this process, the launcher and the steps. */
export type Launched = { readonly wallMs: number; readonly cpuMs: number }

/** Starts so many steps through the shell adapter alone, so many at a time. */
export async function launchAll(
  steps: number,
  inFlight: number,
  command: string,
  stateFolder: string,
): Promise<Launched> {
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(join(stateFolder, 'holder'), `${formatIdentity(processIdentity(process.pid)!)}\n`)
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  const shell = createShell({ stateFolder, baseEnv: env, secretValues: ['not-to-be-seen'] })
  const launch = (step: string): Promise<void> =>
    new Promise((resolve, reject) => {
      shell.start(attemptOf({ stateFolder, step, command }), (result) => {
        if (result.outcome === 'success') resolve()
        else reject(new Error(`${step}: ${result.message}`))
      })
    })
  let started = 0
  const launchOneByOne = async (): Promise<void> => {
    while (started < steps) await launch(`step-${++started}`)
  }
  await launch('first') // starts the launcher
  const [from, cpu] = [performance.now(), cpuSecondsOfTree(process.pid)]
  await Promise.all(Array.from({ length: inFlight }, launchOneByOne))
  const launched = { wallMs: performance.now() - from, cpuMs: (cpuSecondsOfTree(process.pid) - cpu) * 1000 }
  await shell.close()
  return launched
}
