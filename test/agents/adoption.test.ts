import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdClaim, readClaim } from '../../src/agents/process/claim.ts'
import { bootId, processIdentity } from '../../src/agents/process/identity.ts'
import { Launcher } from '../../src/agents/process/launcher.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import { attach, orphaned } from './holder-process.ts'
import { lives, plainEnv, runOn, shellRig, until } from './rig.ts'

const launcherOf = (attempt: Attempt): number => Number(readlinkSync(join(attempt.folder, 'claim')).split(' ')[0])

test('an attempt outlives kill -9 of its holder, is adopted, and reports its end', async () => {
  await using rig = shellRig()
  const command = 'echo begin; until test -e go; do sleep 0.02; done; echo end; exit 7'
  await orphaned(rig, { one: command })
  const attempt = rig.attempt(command)
  const { found, ended } = await attach(rig, attempt)
  expect(found).toBe('adopted')
  writeFileSync(join(rig.stateFolder, 'go'), '')
  expect(await ended).toMatchObject({ outcome: 'failure', exitCode: 7, message: 'exit code 7: end' })
  expect(rig.file(attempt, 'output.log')).toBe('begin\nend\n')
})

test('an attempt that ended without a holder is picked up with its result and its outputs', async () => {
  await using rig = shellRig()
  const command = 'echo begin; until test -e go; do sleep 0.02; done; echo a=1 > $ORCHD_OUTPUT'
  await orphaned(rig, { one: command })
  const attempt = rig.attempt(command)
  const launcher = launcherOf(attempt)
  writeFileSync(join(rig.stateFolder, 'go'), '')
  await until('the status', () => rig.file(attempt, 'status'))
  await until('the end of its launcher', () => !lives(launcher))
  expect(rig.file(attempt, 'output.raw')).toBe('begin\n')
  const { found, ended } = await attach(rig, attempt)
  expect(found).toBe('picked_up')
  expect(await ended).toMatchObject({ outcome: 'success', outputs: { a: '1' }, outputBytes: 6 })
  expect(rig.file(attempt, 'output.raw')).toBeNull()
})

test.for(['cancelled', 'killed'] as const)(
  'an adopted attempt is %s like any other, with what it started',
  async (reason) => {
    await using rig = shellRig()
    const command = 'setsid sleep 1000 & echo $!; sleep 1000'
    await orphaned(rig, { one: command })
    const attempt = rig.attempt(command)
    const pid = Number(rig.file(attempt, 'output.raw'))
    const { found, ended } = await attach(rig, attempt)
    expect(found).toBe('adopted')
    rig.shell.stop(attempt, reason)
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
    expect(lives(pid)).toBe(false)
  },
)

test.for(['noted', 'not noted yet'])(
  'an attempt whose launcher is gone too is watched to its end, whatever that was: %s',
  async (note) => {
    await using rig = shellRig()
    const command = 'setsid sleep 1000 & echo $!; until test -e go; do sleep 0.02; done'
    await orphaned(rig, { one: command })
    const attempt = rig.attempt(command)
    const pid = Number(rig.file(attempt, 'output.raw'))
    await until('the note of its process', () => existsLink(join(attempt.folder, 'process')))
    process.kill(launcherOf(attempt), 'SIGKILL')
    await until('the end of its launcher', () => !lives(launcherOf(attempt)))
    if (note !== 'noted') rmSync(join(attempt.folder, 'process'))
    const { found, ended } = await attach(rig, attempt)
    expect(found).toBe('adopted')
    writeFileSync(join(rig.stateFolder, 'go'), '')
    expect(await ended).toMatchObject({ outcome: 'error', cause: 'daemon_lost', exitCode: null })
    expect(lives(pid)).toBe(false)
  },
)

test('an attempt whose launcher is gone too can be stopped', async () => {
  await using rig = shellRig()
  const command = 'echo $$; sleep 1000'
  await orphaned(rig, { one: command })
  const attempt = rig.attempt(command)
  const pid = Number(rig.file(attempt, 'output.raw'))
  process.kill(launcherOf(attempt), 'SIGKILL')
  await until('the end of its launcher', () => !lives(launcherOf(attempt)))
  const { found, ended } = await attach(rig, attempt)
  expect(found).toBe('adopted')
  rig.shell.stop(attempt, 'cancelled')
  expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
  expect(lives(pid)).toBe(false)
})

test('an attempt of which nothing is left is lost, its log sealed, its leftovers ended', async () => {
  await using rig = shellRig()
  const command = 'setsid sleep 1000 & echo $!; exec sleep 1000'
  await orphaned(rig, { one: command })
  const attempt = rig.attempt(command)
  const pid = Number(rig.file(attempt, 'output.raw'))
  const [main] = (await until('its note', () => existsLink(join(attempt.folder, 'process')))).split(' ')
  process.kill(launcherOf(attempt), 'SIGKILL')
  await until('the end of its launcher', () => !lives(launcherOf(attempt)))
  process.kill(Number(main), 'SIGKILL')
  await until('its end', () => !lives(Number(main)))
  expect((await attach(rig, attempt)).found).toBe('lost')
  await until('the end of what it left', () => !lives(pid))
  expect(rig.file(attempt, 'output.log')).toBe(`${pid}\n`)
})

test('an attempt that never began is held, and then started anew', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo x >> begun')
  expect((await attach(rig, attempt)).found).toBe('unclaimed')
  expect(readClaim(attempt.folder)).toEqual({ kind: 'unclaimed', generation: 1 })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(readFileSync(join(rig.stateFolder, 'begun'), 'utf8')).toBe('x\n')
})

test('a launcher that comes late with an older request does not start what recovery has held', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo x >> begun')
  const { promise: late, resolve } = Promise.withResolvers<string>()
  const launcher = new Launcher(
    { stateFolder: rig.stateFolder, baseEnv: plainEnv() },
    { ended: () => resolve('ended'), claimed: () => resolve('claimed'), guarded: () => {}, gone: resolve },
  )
  expect((await attach(rig, attempt)).found).toBe('unclaimed')
  const shell = ['/bin/sh', '-c', 'echo late >> begun']
  const limits = ['0', '0', '0', '0', '1000', '1000']
  launcher.send(['start', '1', 'key', attempt.folder, '0', ...limits, rig.stateFolder, '0', '3', ...shell])
  launcher.work()
  expect(await late).toBe('claimed')
  await launcher.close()
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(readFileSync(join(rig.stateFolder, 'begun'), 'utf8')).toBe('x\n')
})

test('recovery may be interrupted again and again before the new start', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo x >> begun')
  for (const generation of [1, 2, 3]) expect(holdClaim(attempt.folder)).toEqual({ kind: 'unclaimed', generation })
  expect((await attach(rig, attempt)).found).toBe('unclaimed')
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect((await attach(rig, attempt)).found).toBe('picked_up')
  expect(readFileSync(join(rig.stateFolder, 'begun'), 'utf8')).toBe('x\n')
})

test.for([
  ['of another boot', (pid: number, start: string) => `${pid} ${start} 00000000-0000-0000-0000-000000000000`],
  ['of a process whose number somebody else has now', (pid: number, start: string) => `${pid} ${start}1 ${bootId()}`],
  ['of somebody unknown', () => 'whoever'],
] as const)('a claim %s leads to nobody: the attempt is lost, and nobody is hurt', async ([, target]) => {
  await using rig = shellRig()
  const attempt = rig.attempt('true')
  const self = processIdentity(process.pid)!
  mkdirSync(attempt.folder, { recursive: true })
  symlinkSync(target(self.pid, self.startTime), join(attempt.folder, 'claim'))
  symlinkSync(`${self.pid} ${self.startTime}1`, join(attempt.folder, 'process'))
  expect((await attach(rig, attempt)).found).toBe('lost')
})

test('half a status counts as none', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('true')
  await rig.run(attempt)
  const status = rig.file(attempt, 'status')!
  for (const half of ['', status.slice(0, 20), status.trimEnd()]) {
    writeFileSync(join(attempt.folder, 'status'), half)
    // Its launcher lives and would still write it, so the attempt counts as running.
    expect((await attach(rig, attempt)).found).toBe('adopted')
  }
})

test('an attempt whose intent is older than this boot counts as begun, claimed or not', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('true', { rest: { startedAt: 1000 } })
  expect((await attach(rig, attempt)).found).toBe('lost')
  expect(existsSync(join(attempt.folder, 'status'))).toBe(false)
})

test('a launcher that is killed takes nothing with it: its attempts are reported, the next get a new one', async () => {
  await using rig = shellRig()
  const long = rig.attempt('echo $$; until test -e go; do sleep 0.02; done', { step: 'long' })
  const ended = rig.run(long)
  const pid = await until('its line', () => Number(rig.file(long, 'output.raw')))
  process.kill(launcherOf(long), 'SIGKILL')
  const next = rig.attempt('echo next', { step: 'next' })
  expect(await rig.run(next)).toMatchObject({ outcome: 'success' })
  expect(launcherOf(next)).not.toBe(launcherOf(long))
  expect(lives(pid)).toBe(true)
  writeFileSync(join(rig.stateFolder, 'go'), '')
  expect(await ended).toMatchObject({ outcome: 'error', cause: 'daemon_lost' })
})

test('requests that a killed launcher had not read are not lost', async () => {
  await using rig = shellRig()
  const first = rig.attempt('true', { step: 'first' })
  await rig.run(first)
  process.kill(launcherOf(first), 'SIGSTOP')
  const waiting = Array.from({ length: 20 }, (_, index) => rig.attempt('echo x >> begun', { step: `step-${index}` }))
  const results = waiting.map((attempt) => runOn(rig.shell, attempt))
  await new Promise((resolve) => setImmediate(resolve))
  process.kill(launcherOf(first), 'SIGKILL')
  for (const result of await Promise.all(results)) expect(result).toMatchObject({ outcome: 'success' })
  expect(readFileSync(join(rig.stateFolder, 'begun'), 'utf8')).toBe('x\n'.repeat(20))
})

test('a launcher ends after its last attempt when its holder has let go', async () => {
  const rig = shellRig()
  const attempt = rig.attempt('echo begin; until test -e go; do sleep 0.02; done')
  void rig.run(attempt)
  await until('its line', () => rig.file(attempt, 'output.raw'))
  const launcher = launcherOf(attempt)
  await rig.shell.close()
  expect(lives(launcher)).toBe(true)
  writeFileSync(join(rig.stateFolder, 'go'), '')
  await until('the end of the launcher', () => !lives(launcher))
  expect(rig.file(attempt, 'status')).toContain('"reason":"exited","exitCode":0')
  await rig[Symbol.asyncDispose]()
})

test('an attempt that nobody watches over is stopped in time, and says so to the next holder', async () => {
  await using rig = shellRig()
  const spec = { orphanTimeoutMs: 300 }
  const command = 'echo $$; sleep 1000'
  await orphaned(rig, { one: command }, spec)
  // The rig's process is no holder: the file names the one that was killed.
  const attempt = rig.attempt(command, { spec })
  await until('its status', () => rig.file(attempt, 'status'))
  const { found, ended } = await attach(rig, attempt)
  expect(found).toBe('picked_up')
  expect(await ended).toMatchObject({ outcome: 'error', cause: 'daemon_lost' })
  expect(lives(Number(rig.file(attempt, 'output.log')))).toBe(false)
})

function existsLink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
