import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLogReader } from '../../../src/agents/log.ts'
import { permissionsFrom } from '../../../src/plan/permissions.ts'
import type { PermissionWords } from '../../../src/plan/plan.ts'
import type { Attempt } from '../../../src/ports/agent.ts'
import { until } from '../rig.ts'
import { VerifyRig } from './verify-rig.ts'

const check = { run: 'test -f mended || { echo "a-secret-word is missing"; exit 3; }', maxRounds: 3 }

async function logOf({ folder }: Attempt): Promise<string> {
  const parts = []
  for await (const part of createLogReader([])(folder, { follow: false })) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

describe('a check', () => {
  test('that succeeds at once costs no further round', async () => {
    await using rig = new VerifyRig()
    rig.write('act.1', 'touch mended')
    const attempt = rig.attempt(check, { artifacts: ['mended'] })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'success',
      message: null,
      outputs: { text: 'round 1' },
      usage: { inputTokens: 100, outputTokens: 10 },
      artifacts: [{ path: 'mended' }],
    })
    expect(rig.file(attempt, 'artifacts/mended')).toBe('')
  })

  test('that fails is told to the same session, whose work is counted in whole', async () => {
    await using rig = new VerifyRig()
    rig.write('act.2', 'touch mended')
    const attempt = rig.attempt(check)
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'success',
      message: 'its check succeeded in round 2 of 3',
      outputs: { text: 'round 2' },
      usage: { inputTokens: 300, outputTokens: 30 },
      costUsd: 0.3,
      session: 's-1',
    })
    expect(rig.read('args.2')).toBe('--resume s-1\n')
    const told = rig.read('prompt.2')
    expect(told).toContain('failed with exit code 3. Mend what is wrong')
    expect(told).toMatch(/<(check-output-[0-9a-f-]{36})>\n\*\*\* is missing\n<\/\1>/)
    expect(told).not.toContain('Do it.')
    expect(await logOf(attempt)).toMatch(
      /^\{.*round 1.*\}\norchd: the check of round 1\n\*\*\* is missing\norchd: round 2\n\{.*round 2.*\}\norchd: the check of round 2\n$/,
    )
  })

  test('that fails is told with the whole prompt to an agent that cannot go on', async () => {
    await using rig = new VerifyRig({ resumes: false })
    rig.write('act.2', 'touch mended')
    expect(await rig.run(rig.attempt(check))).toMatchObject({ outcome: 'success' })
    expect(rig.read('args.2')).toBe('\n')
    expect(rig.read('prompt.2')).toMatch(/^Do it\.\n\nThis was tried already: .*\n*.*check-output/)
  })

  test('that fails in every round is the failure of the attempt, in the words of its last line', async () => {
    await using rig = new VerifyRig()
    const result = await rig.run(rig.attempt({ ...check, maxRounds: 2 }))
    expect(result).toMatchObject({ outcome: 'failure', cause: 'verify_failed', exitCode: 3, outputs: {}, costUsd: 0.3 })
    expect(result.message).toMatch(
      /^`test -f mended .*` failed in each of 2 rounds, last with exit code 3: \*\*\* is missing$/,
    )
    expect(rig.read('n')).toBe('2\n')
  })

  test.for(['spec', 'tap'])('that runs tests fails with the names of those that failed (%s)', async (reporter) => {
    await using rig = new VerifyRig()
    rig.write(
      'a.test.mjs',
      "import { test } from 'node:test'\ntest('adds', () => { throw new Error('no') })\ntest('is fine', () => {})\n",
    )
    const run = `"${process.execPath}" --test --test-reporter=${reporter} a.test.mjs`
    const { cause, message } = await rig.run(rig.attempt({ run, maxRounds: 1 }))
    expect([cause, message]).toEqual(['verify_failed', `\`${run}\` failed with exit code 1: 1 of 2 tests failed: adds`])
  })

  test('is not made of work that failed itself, nor is there another round then', async () => {
    await using rig = new VerifyRig()
    rig.write('act.2', `echo '{"error":"it broke"}'; exit 0`)
    expect(await rig.run(rig.attempt(check))).toMatchObject({
      outcome: 'failure',
      cause: 'agent_error',
      usage: { inputTokens: 100, outputTokens: 10 },
      costUsd: 0.1,
      untold: { usage: true, cost: true },
    })
    expect(rig.read('n')).toBe('2\n')
  })

  test('and all rounds are within the one limit of time', async () => {
    await using rig = new VerifyRig()
    const attempt = rig.attempt({ run: 'touch checking; tail -f /dev/null', maxRounds: 3 }, { timeoutMs: 3000 })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'timeout',
      cause: 'timeout',
      message: 'took longer than 3.0s, its check included',
    })
    expect([rig.read('n'), rig.has('checking')]).toEqual(['1\n', true])
  })

  test('that says nothing for too long is a failure that the agent can mend', async () => {
    await using rig = new VerifyRig()
    rig.write('act.2', 'touch mended')
    const attempt = rig.attempt({ run: 'test -f mended || tail -f /dev/null', maxRounds: 2 }, { stallTimeoutMs: 2000 })
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
    expect(rig.read('prompt.2')).toContain('failed with')
  })

  test('cannot be started: that is no fault of the agent', async () => {
    await using rig = new VerifyRig()
    const attempt = rig.attempt({ run: `true ${'x'.repeat(200_000)}`, maxRounds: 3 })
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'error',
      cause: 'spawn_failed',
      message: expect.stringMatching(/^in its check: /),
    })
    expect(rig.read('n')).toBe('1\n')
  })

  test('has nothing behind it when the money for the attempt is spent', async () => {
    await using rig = new VerifyRig()
    expect(await rig.run(rig.attempt(check, {}, { capUsd: 0.25 }))).toMatchObject({ cause: 'budget', costUsd: 0.3 })
    expect(rig.read('n')).toBe('2\n')
  })

  test.each([
    ['the agent', 'touch here; tail -f /dev/null', 'true'],
    ['the check', '', 'touch here; tail -f /dev/null'],
  ])('is cancelled with its attempt, in the middle of %s', async (_, act, run) => {
    await using rig = new VerifyRig()
    rig.write('act.1', act)
    const attempt = rig.attempt({ run, maxRounds: 3 })
    const ended = rig.run(attempt)
    await until('it runs', () => rig.has('here'))
    rig.verify.stop(attempt, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
    expect(rig.read('n')).toBe('1\n')
  })
})

test('a check is confined as its agent is, and sees what that sees', async () => {
  await using rig = new VerifyRig()
  for (const name of ['project', 'tools']) mkdirSync(join(rig.folder, name))
  rig.write('tools/check', 'test -f mended')
  rig.write('other', 'not for them')
  rig.write('project/act.1', 'test ! -e ../other && test -f ../tools/check && touch seen')
  rig.write('project/act.2', 'touch mended')
  const project = join(rig.folder, 'project')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const words: PermissionWords = { network: 'none' }
  const run = `test ! -e ../other && sh ../tools/check && ! (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1 && echo "in $HOME"`
  const attempt = rig.attempt(
    { run, maxRounds: 2 },
    { confinement: { sandbox: 'required', permissions: permissionsFrom(words) }, permissions: words },
    { root: project, workingDirectory: project },
  )
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', sandbox: 'enforced' })
  server.close()
  expect([rig.has('project/seen'), await logOf(attempt)]).toMatchObject([
    true,
    expect.stringMatching(/in \/run\/orchd\/home\n$/),
  ])
})

const slow = (name: string): string => `touch ${name}; until test -e go.${name}; do sleep 0.02; done`

describe('the next holder goes on', () => {
  test.each(['round-1', 'check-1', 'round-2', 'check-2'])('wherever the last one ended: in %s', async (place) => {
    await using rig = new VerifyRig()
    rig.write('act.1', slow('round-1'))
    rig.write('act.2', `${slow('round-2')}; touch mended`)
    const attempt = rig.attempt({ run: `${slow('check-$(cat n)')}; test -f mended`, maxRounds: 2 })
    const places = ['round-1', 'check-1', 'round-2', 'check-2']
    for (const other of places) if (other !== place) rig.write(`go.${other}`, '')
    rig.verify.start(attempt, () => {})
    await until('it is there', () => rig.has(place))
    await rig.replaced()
    const { found, ended } = await rig.attach(attempt)
    expect(found).toBe('adopted')
    rig.write(`go.${place}`, '')
    expect(await ended).toMatchObject({ outcome: 'success', usage: { inputTokens: 300 }, costUsd: 0.3 })
    expect(rig.read('n')).toBe('2\n')
  })

  test.each(['round-1', 'check-1', 'round-2', 'check-2'])('when %s ended while nobody was there', async (place) => {
    await using rig = new VerifyRig()
    rig.write('act.1', slow('round-1'))
    rig.write('act.2', `${slow('round-2')}; touch mended`)
    const attempt = rig.attempt({ run: `${slow('check-$(cat n)')}; test -f mended`, maxRounds: 2 })
    for (const other of ['round-1', 'check-1', 'round-2', 'check-2']) if (other !== place) rig.write(`go.${other}`, '')
    rig.verify.start(attempt, () => {})
    await until('it is there', () => rig.has(place))
    await rig.replaced()
    rig.write(`go.${place}`, '')
    const [kind, round] = place.split('-')
    const folder =
      place === 'round-1' ? attempt.folder : join(attempt.folder, `${kind === 'check' ? 'verify' : kind}.${round}`)
    await until('its end', () => existsSync(join(folder, 'status')))
    const { found, ended } = await rig.attach(attempt)
    expect(found).toBe('picked_up')
    expect(await ended).toMatchObject({ outcome: 'success', usage: { inputTokens: 300 }, costUsd: 0.3 })
    expect(rig.read('n')).toBe('2\n')
    // It is over: whoever asks once more gets the same.
    await rig.replaced()
    const again = await rig.attach(attempt)
    expect([again.found, await again.ended]).toMatchObject(['picked_up', { outcome: 'success', costUsd: 0.3 }])
    expect(rig.read('n')).toBe('2\n')
  })

  test('and starts what was written down and never began', async () => {
    await using rig = new VerifyRig()
    const attempt = rig.attempt(check)
    expect((await rig.attach(attempt)).found).toBe('unclaimed')
    rig.write('act.1', 'touch mended')
    expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  })
})

test('what a round cost stays told when the disk fails behind it', async () => {
  await using rig = new VerifyRig()
  const attempt = rig.attempt(check)
  // Nothing can take the place of a folder that holds something.
  rig.write('act.1', `rm ${attempt.folder}/rounds.json; mkdir -p ${attempt.folder}/rounds.json/x`)
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed', costUsd: 0.1 })
  expect(result.message).toContain(`cannot write to ${attempt.folder}: `)
})
