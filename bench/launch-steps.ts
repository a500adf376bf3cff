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
  let started = 0
  const next = (): Promise<void> =>
    new Promise((resolve, reject) => {
      started++
      const attempt = attemptOf({ stateFolder, step: `step-${started}`, command })
      shell.start(attempt, (result) => {
        if (result.outcome !== 'success') reject(new Error(`${attempt.step}: ${result.message}`))
        else resolve(started < steps ? next() : undefined)
      })
    })
  await next() // starts the launcher
  started = 0
  const [from, cpu] = [performance.now(), cpuSecondsOfTree(process.pid)]
  await Promise.all(Array.from({ length: Math.min(inFlight, steps) }, next))
  const launched = { wallMs: performance.now() - from, cpuMs: (cpuSecondsOfTree(process.pid) - cpu) * 1000 }
  await shell.close()
  return launched
}
