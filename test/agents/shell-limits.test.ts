import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lives, shellRig, until } from './rig.ts'

test('a step that takes longer than its timeout is ended, first politely', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('trap "echo got TERM; exit 0" TERM; sleep 1000 & wait', { spec: { timeoutMs: 200 } })
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  expect(result.message).toBe('took longer than 200ms: got TERM')
})

test('a step that ignores TERM is killed after the grace', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('trap "" TERM; echo $$; while :; do sleep 0.05; done', { spec: { timeoutMs: 100 } })
  const begin = Date.now()
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'timeout', signal: 'SIGKILL' })
  expect(Date.now() - begin).toBeGreaterThanOrEqual(380)
  expect(lives(Number(rig.file(attempt, 'output.log')))).toBe(false)
})

test('a step that prints nothing for too long has stalled; one that goes on printing has not', async () => {
  await using rig = shellRig()
  const spec = { stallTimeoutMs: 300 }
  const silent = rig.run(rig.attempt('echo begin; sleep 1000', { spec, step: 'silent' }))
  const chatty = rig.run(rig.attempt('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done', { spec, step: 'chatty' }))
  expect(await silent).toMatchObject({
    outcome: 'timeout',
    cause: 'stalled',
    message: 'printed nothing for 300ms: begin',
  })
  expect(await chatty).toMatchObject({ outcome: 'success' })
})

test.for([
  ['cancelled', 'cancellation', 'cancelled'],
  ['deadline', 'timeout', 'timeout'],
  ['killed', 'cancellation', 'cancelled'],
] as const)('an attempt that is stopped as %s ends as %s', async ([reason, outcome, cause]) => {
  await using rig = shellRig()
  const attempt = rig.attempt('sleep 1000 & echo $!; wait')
  const ended = rig.run(attempt)
  const pid = await until('its child', () => Number(rig.file(attempt, 'output.raw')))
  rig.shell.stop(attempt, reason)
  expect(await ended).toMatchObject({ outcome, cause })
  expect(lives(pid)).toBe(false)
})

test('a second stop needs no grace', async () => {
  await using rig = shellRig({ graceMs: 60_000 })
  const attempt = rig.attempt('trap "" TERM; echo ready; while :; do sleep 0.05; done')
  const ended = rig.run(attempt)
  await until('its trap', () => rig.file(attempt, 'output.raw'))
  rig.shell.stop(attempt, 'cancelled')
  rig.shell.stop(attempt, 'cancelled')
  rig.shell.stop(attempt, 'killed')
  expect(await ended).toMatchObject({ outcome: 'cancellation', signal: 'SIGKILL' })
})

test('a stop that follows the start at once is not lost', async () => {
  await using rig = shellRig()
  for (let index = 0; index < 20; index++) {
    const attempt = rig.attempt('sleep 1000', { step: `step-${index}` })
    const ended = rig.run(attempt)
    rig.shell.stop(attempt, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
  }
})

test('a stopped process is woken up to be ended', async () => {
  await using rig = shellRig({ graceMs: 60_000 })
  const attempt = rig.attempt('echo $$; kill -STOP $$')
  const ended = rig.run(attempt)
  await until('its line', () => rig.file(attempt, 'output.raw'))
  rig.shell.stop(attempt, 'cancelled')
  expect(await ended).toMatchObject({ outcome: 'cancellation', signal: 'SIGTERM' })
})

test('of a long output the beginning and the end are kept, and the disk holds no more', async () => {
  const outputCaps = { headBytes: 100_000, tailBytes: 200_000 }
  await using rig = shellRig({ outputCaps })
  const attempt = rig.attempt('seq 1 3000000; sleep 0.3; seq 3000001 3000100; sleep 0.2; echo $((7 * 191))')
  const running = rig.run(attempt)
  const raw = join(attempt.folder, 'output.raw')
  const kept = await until('the hole', () => {
    const { size, blocks } = statSync(raw, { throwIfNoEntry: false }) ?? { size: 0, blocks: 0 }
    return size > 22_000_000 && blocks * 512 < 1_000_000 ? blocks * 512 : null
  })
  expect(kept).toBeGreaterThanOrEqual(outputCaps.headBytes)
  const result = await running
  expect(result).toMatchObject({ outcome: 'success', outputTruncated: true })
  expect(result.outputBytes).toBeGreaterThan(22_000_000)
  const log = rig.file(attempt, 'output.log')!
  const [head, cut, tail] = log.split(/\n\[\.\.\. (\d+) bytes cut \.\.\.\]\n/)
  expect(head).toBe(
    Array.from({ length: 30_000 }, (_, index) => index + 1)
      .join('\n')
      .slice(0, 100_000),
  )
  expect(tail!.startsWith('29')).toBe(true)
  expect(tail!.endsWith('\n3000100\n1337\n')).toBe(true)
  expect(Number(cut) + head!.length + tail!.length).toBe(result.outputBytes)
  expect(log).not.toContain('\0')
})
