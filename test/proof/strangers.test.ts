import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bootId, formatIdentity, type ProcessIdentity, processIdentity } from '../../src/agents/process/identity.ts'
import { attach, orphaned } from '../agents/holder-process.ts'
import { lives, type ShellRig, shellRig, until } from '../agents/rig.ts'
import { Random } from '../support/random.ts'
import { long, report, seed } from './size.ts'

/** Processes of somebody else, which have the numbers that an attempt's records name. */
class Strangers {
  readonly #processes: ChildProcess[] = []

  /** `env`: what an attempt's mark could be mistaken for. */
  add(env: Record<string, string>): void {
    const options = { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore', detached: true } as const
    this.#processes.push(spawn('sleep', ['1000'], options))
  }

  any(random: Random): ProcessIdentity {
    const pid = random.pick(this.#processes).pid ?? 0
    const identity = processIdentity(pid)
    if (identity === null) throw new Error(`stranger ${pid} is dead`)
    return identity
  }

  dead(): number {
    return this.#processes.filter(({ pid }) => !lives(pid ?? 0)).length
  }

  end(): void {
    for (const stranger of this.#processes) stranger.kill('SIGKILL')
  }
}

/** What an attempt's folder says: who launched it, and which its process is; both are about a process long gone. */
type Records = { readonly claim: string; readonly process: string | null }
const kinds = {
  'the launcher’s number is a stranger’s': (one) => ({ claim: another(one), process: null }),
  'the launcher is of another boot': (one) => ({ claim: formatIdentity({ ...one, bootId: 'another' }), process: null }),
  'the process’s number is a stranger’s': (one, gone) => ({ claim: gone, process: `${one.pid} ${earlier(one)}` }),
  'both numbers are a stranger’s': (one) => ({ claim: another(one), process: `${one.pid} ${earlier(one)}` }),
  'the record of the process is cut': (one, gone) => ({ claim: gone, process: String(one.pid) }),
  'the record of a process that is gone is cut': (_one, gone) => ({ claim: gone, process: gone.split(' ')[0] ?? '' }),
  'nothing is known of the process': (_one, gone) => ({ claim: gone, process: null }),
  'the records are no records': (one) => ({ claim: `${one.pid}`, process: `x${one.pid} ${one.startTime}` }),
} satisfies { [kind: string]: (stranger: ProcessIdentity, gone: string) => Records }
type Kind = keyof typeof kinds

const earlier = ({ startTime }: ProcessIdentity): string => String(Number(startTime) - 1)
const another = (one: ProcessIdentity): string => formatIdentity({ ...one, startTime: earlier(one) })

let gone = ''
beforeAll(async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  gone = formatIdentity(processIdentity(child.pid ?? 0)!) // it was just started
  child.kill('SIGKILL')
  await once(child, 'exit')
})

const strangers = new Strangers()
afterAll(() => strangers.end())

async function trial(rig: ShellRig, index: number, kind: Kind, random: Random): Promise<string | null> {
  const attempt = rig.attempt('true', { step: `step-${index}` })
  const records = kinds[kind](strangers.any(random), gone)
  mkdirSync(attempt.folder, { recursive: true })
  symlinkSync(records.claim, join(attempt.folder, 'claim'))
  if (records.process !== null) symlinkSync(records.process, join(attempt.folder, 'process'))
  const { found } = await attach(rig, attempt)
  rig.shell.stop(attempt, random.chance(0.5) ? 'killed' : 'cancelled')
  if (found !== 'lost') return `${kind}: ${found}`
  return strangers.dead() === 0 ? null : `${kind}: a stranger was killed`
}

const trials = long ? 1000 : 80

test(
  `seed ${seed}: whoever has the number of a process that is gone is never adopted, stopped or killed`,
  { timeout: 600_000 },
  async () => {
    await using rig = shellRig()
    const random = new Random(seed)
    const run = basename(rig.stateFolder)
    strangers.add({})
    for (let index = 0; index < 8; index++) {
      strangers.add({ ORCHD_ATTEMPT_KEY: `${run}/step-${index}/11`, NOT_ORCHD_ATTEMPT_KEY: `${run}/step-${index}/1` })
    }
    const wrong: string[] = []
    for (let index = 0; index < trials && wrong.length < 10; index++) {
      const all = Object.keys(kinds) as Kind[] // the keys of a literal
      const problem = await trial(rig, index, all[index % all.length]!, random)
      if (problem !== null) wrong.push(problem)
    }
    report('strangers', { trials, wrong })
    expect(wrong).toEqual([])
  },
)

test('a stranger with the number of a holder that is gone watches over nothing: the attempt is stopped', async () => {
  await using rig = shellRig()
  const command = 'echo begin; sleep 1000'
  await orphaned(rig, { one: command }, { orphanTimeoutMs: 300 })
  const self = processIdentity(process.pid)!
  writeFileSync(join(rig.stateFolder, 'holder'), `${self.pid} ${earlier(self)} ${bootId()}\n`)
  const attempt = rig.attempt(command)
  const status = await until('its end', () => rig.file(attempt, 'status'), 30_000)
  expect(status).toContain('"orphaned"')
})
