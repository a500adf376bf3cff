import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogReader } from '../../src/agents/log.ts'
import { attach, HolderProcess, orphaned } from '../agents/holder-process.ts'
import { lives, shellRig, until } from '../agents/rig.ts'

test('an attempt under a new holder is not stopped, however old its own holder’s death', async () => {
  await using rig = shellRig()
  const self = readFileSync(join(rig.stateFolder, 'holder'), 'utf8')
  const spec = { orphanTimeoutMs: 1500 }
  const command = 'echo begin; until test -e go; do sleep 0.02; done'
  await orphaned(rig, { one: command }, spec)
  writeFileSync(join(rig.stateFolder, 'holder'), self)
  const attempt = rig.attempt(command, { spec })
  const { ended } = await attach(rig, attempt)
  const deadline = Date.now() + 3200
  await until('twice the orphan timeout', () => Date.now() > deadline)
  expect(rig.file(attempt, 'status')).toBeNull()
  writeFileSync(join(rig.stateFolder, 'go'), '')
  expect(await ended).toMatchObject({ outcome: 'success' })
})

test('an output of 100 MB with secrets in it is capped, redacted and read in bounded memory', async () => {
  const secret = 'a-rather-secret-value'
  await using rig = shellRig({ secretValues: [secret] })
  const attempt = rig.attempt(
    `head -c 100000000 /dev/zero | tr '\\0' x | fold -w 100; echo "${secret}"; head -c 20 /dev/urandom`,
  )
  const before = process.memoryUsage().rss
  let most = before
  const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5)
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'success', outputTruncated: true })
  let bytes = 0
  let last = ''
  for await (const part of createLogReader([secret])(attempt.folder, { follow: false })) {
    bytes += part.length
    last = `${last}${Buffer.from(part).toString('latin1')}`.slice(-30)
  }
  clearInterval(sampler)
  expect(bytes).toBeGreaterThan(63 * 2 ** 20)
  expect(bytes).toBeLessThan(65 * 2 ** 20)
  expect(last.slice(-29)).toMatch(/^x{5}\*{3}\n[^]{20}$/)
  expect(most - before).toBeLessThan(60 * 2 ** 20)
})

test('sixteen attempts, each with a child in a session of its own, are all accounted for after kill -9', async () => {
  await using rig = shellRig()
  const commands = Object.fromEntries(
    Array.from({ length: 16 }, (_, index) => [
      `step-${index}`,
      // Those that are stopped do not end by themselves, however late the stop comes.
      `setsid sleep 1000 & echo $!; until test -e ${index < 8 ? 'go' : 'never'}; do sleep 0.05; done; exit ${index}`,
    ]),
  )
  await orphaned(rig, commands)
  const attempts = Object.entries(commands).map(([step, command]) => rig.attempt(command, { step }))
  const children = attempts.map((attempt) => Number(rig.file(attempt, 'output.raw')))
  const attached = await Promise.all(attempts.map((attempt) => attach(rig, attempt)))
  expect(attached.map(({ found }) => found)).toEqual(attempts.map(() => 'adopted'))
  for (const attempt of attempts.slice(8)) rig.shell.stop(attempt, 'cancelled')
  writeFileSync(join(rig.stateFolder, 'go'), '')
  const results = await Promise.all(attached.map(({ ended }) => ended))
  expect(results.slice(0, 8).map((result) => result.exitCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(results.slice(8).every((result) => result.outcome === 'cancellation')).toBe(true)
  expect(children.filter((pid) => lives(pid))).toEqual([])
})

test('stops at random moments always end the attempt, with nothing left', async () => {
  await using rig = shellRig()
  const rounds = process.env['ORCHD_TEST_SIZE'] === 'long' ? 500 : 60
  const signals = ['TERM', 'INT']
  for (let round = 0; round < rounds; round++) {
    const command = `sleep 1000 & echo $!; setsid sleep 1000 & echo $!; trap '' ${signals[round % 2]}; sleep 1000`
    const attempt = rig.attempt(command, { step: `step-${round}` })
    const ended = rig.run(attempt)
    const delay = (round * 7) % 40
    await new Promise((resolve) => setTimeout(resolve, delay))
    rig.shell.stop(attempt, round % 3 === 0 ? 'killed' : 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
    const pids = (rig.file(attempt, 'output.log') ?? '').split('\n').filter((line) => line !== '')
    expect(pids.filter((pid) => lives(Number(pid)))).toEqual([])
  }
})

test('however a holder is killed while it starts attempts, each runs exactly once', async () => {
  const rounds = process.env['ORCHD_TEST_SIZE'] === 'long' ? 200 : 12
  const tally: { [found: string]: number } = {}
  for (let round = 0; round < rounds; round++) {
    await using rig = shellRig()
    const steps = Array.from({ length: 40 }, (_, index) => ({
      step: `step-${index}`,
      command: `sleep 0.0${index % 10}; echo x >> began-${index}`,
    }))
    const holder = new HolderProcess(rig.stateFolder, steps)
    const attempts = steps.map(({ step, command }) => rig.attempt(command, { step }))
    await until('the first claim', () => existsSync(attempts[0]!.folder))
    await new Promise((resolve) => setTimeout(resolve, round % 6))
    await holder.kill()
    const results = attempts.map(async (attempt) => {
      const { found, ended } = await attach(rig, attempt)
      tally[found] = (tally[found] ?? 0) + 1
      return found === 'unclaimed' ? await rig.run(attempt) : await ended
    })
    for (const result of await Promise.all(results)) expect(result).toMatchObject({ outcome: 'success' })
    const began = steps.map((_, index) => readFileSync(join(rig.stateFolder, `began-${index}`), 'utf8'))
    expect(began).toEqual(steps.map(() => 'x\n'))
  }
  expect(tally['adopted']).toBeGreaterThan(0)
  expect(tally['unclaimed']).toBeGreaterThan(0)
})
