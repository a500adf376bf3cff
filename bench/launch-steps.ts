import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatIdentity, processIdentity } from '../src/agents/process/identity.ts'
import { createShell } from '../src/agents/shell.ts'
import { attemptOf } from '../test/agents/attempt.ts'

/** Starts so many steps, so many at a time; tells on stderr what the launcher and its children used. */
export async function launchAll(steps: number, inFlight: number, command: string, stateFolder: string): Promise<void> {
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(join(stateFolder, 'holder'), `${formatIdentity(processIdentity(process.pid)!)}\n`)
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  const shell = createShell({ stateFolder, baseEnv: env, secretValues: ['not-to-be-seen'] })
  const { promise, resolve } = Promise.withResolvers<void>()
  let started = 0
  let ended = 0
  const next = (): void => {
    started++
    const attempt = attemptOf({ stateFolder, step: `step-${started}`, command })
    shell.start(attempt, (result) => {
      if (result.outcome !== 'success') throw new Error(`${attempt.step}: ${result.message}`)
      ended++
      if (started < steps) next()
      else if (ended === steps) resolve()
    })
  }
  for (let index = 0; index < Math.min(inFlight, steps); index++) next()
  await promise
  process.stderr.write(`launcher ${launcherCpu()}\n`)
  // Without waiting for the launcher, or its share would be counted twice.
  process.exit()
}

function launcherCpu(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[1] === String(process.pid) && stat.includes('(perl)')) {
        return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
      }
    } catch {
      // It ended while we looked.
    }
  }
  return 0
}
