import { describe, expect, test } from 'vitest'
import type { RunId } from '../../src/base/ids.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, success } from '../support/runs.ts'
import { ask } from './raw.ts'
import { collect, never, Rig, until } from './rig.ts'

const textOf = async (rig: Rig, run: RunId, attempt: number | null, follow: boolean): Promise<string> =>
  (await collect(rig.client.log(run, 'a', { attempt, follow }, never))).join('')

const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 1 }

describe('the log of a step', () => {
  test('is what is there now, of the newest attempt or of the one that is asked for', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a', [], { retry })]))
    rig.logs.write('a/1', 'first\n')
    expect(await textOf(rig, run, null, false)).toBe('first\n')
    await rig.finish(run, 'a', failure)
    await until(() => rig.isRunning(run, 'a'))
    rig.logs.write('a/2', 'second\n')
    expect(await textOf(rig, run, null, false)).toBe('second\n')
    expect(await textOf(rig, run, 1, false)).toBe('first\n')
    await expect(textOf(rig, run, 3, false)).rejects.toMatchObject({
      code: 'STEP_NOT_FOUND',
      message: `step "a" of run "${run}" has no attempt 3: it had 2`,
    })
  })

  test('is followed from before the step begins to its end, through retries', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('go', [], { body: gate() }), step('a', ['go'], { retry })]))
    const log = textOf(rig, run, null, true)
    await until(() => rig.observers === 1)
    await rig.client.decideGate(run, 'go', { decision: 'approve', by: 'ada', comment: null })
    rig.logs.write('a/1', 'first\n')
    await until(() => rig.logs.readers === 1)
    rig.logs.seal('a/1')
    await rig.finish(run, 'a', failure)
    await until(() => rig.isRunning(run, 'a'))
    rig.logs.write('a/2', 'second')
    await until(() => rig.logs.readers === 1)
    rig.logs.write('a/2', ' time\n')
    rig.logs.seal('a/2')
    await rig.finish(run, 'a', success)
    expect(await log).toBe('first\nsecond time\n')
  })

  test('of one attempt ends with it, and of a step that never begins with the run', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('b'), step('a', ['b'], { when: 'false' })]))
    const log = textOf(rig, run, null, true)
    await until(() => rig.observers === 1)
    await rig.finish(run, 'b')
    expect(await log).toBe('')
    const other = await rig.submit(plan([step('a', [], { retry })]))
    rig.logs.write('a/1', 'only this')
    rig.logs.seal('a/1')
    await rig.finish(other, 'a', failure)
    expect(await textOf(rig, other, 1, true)).toBe('only this')
  })

  test('may be any bytes; cut characters come out whole', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    const bytes = Buffer.concat([Buffer.from('é€😀'.repeat(5000)), Buffer.from([0xff, 0x00, 0x0a])])
    rig.logs.write('a/1', bytes)
    const path = `/api/v1/runs/${run}/steps/a/log`
    expect(await ask(rig.socketPath, path)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      text: bytes.toString(),
    })
    expect(await textOf(rig, run, null, false)).toBe(bytes.toString())
  })

  test('is let go of when its reader goes, in the middle or by its signal', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    rig.logs.write('a/1', 'x'.repeat(10_000))
    for await (const _ of rig.client.log(run, 'a', { attempt: null, follow: true }, never)) break
    const stop = new AbortController()
    const parts: string[] = []
    for await (const part of rig.client.log(run, 'a', { attempt: 1, follow: true }, stop.signal)) {
      parts.push(part)
      if (parts.join('').length === 10_000) stop.abort()
    }
    expect(parts.join('')).toHaveLength(10_000)
    await until(() => rig.logs.readers === 0 && rig.observers === 0)
  })

  test('breaks off for the reader when it cannot be read on', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    await rig.close()
    await rig.listen({
      async *readLog() {
        yield Buffer.from('some')
        throw new Error('the disk is gone')
      },
    })
    await expect(textOf(rig, run, null, false)).rejects.toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    expect(rig.warnings.join()).toContain('the disk is gone')
  })

  test.each(['attempt=0', 'attempt=x', 'attempt=1.5', 'follow=yes', 'lines=3'])(
    'cannot be had with %s',
    async (query) => {
      await using rig = await Rig.start()
      const run = await rig.submit(plan([step('a')]))
      expect((await ask(rig.socketPath, `/api/v1/runs/${run}/steps/a/log?${query}`)).json).toMatchObject({
        code: 'USAGE',
      })
      expect((await ask(rig.socketPath, `/api/v1/runs/${run}/steps/b/log`)).json).toMatchObject({
        code: 'STEP_NOT_FOUND',
      })
    },
  )
})
