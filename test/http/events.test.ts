import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { RunId } from '../../src/base/ids.ts'
import type { RunFact } from '../../src/ports/client.ts'
import { factLine } from '../../src/surfaces/cli/view/ndjson.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, success } from '../support/runs.ts'
import { ask } from './raw.ts'
import { collect, factsOf, failureOf, never, Rig, submission, until } from './rig.ts'

const idsOf = (facts: readonly RunFact[]): string[] => facts.map(({ id }) => id)
const typesOf = (facts: readonly RunFact[]): string => facts.map(({ type }) => type).join(' ')
const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 1 }

/** A run with a bit of everything, to its end: a retry, outputs, a gate, a skip, finally. */
async function eventfulRun(rig: Rig): Promise<RunId> {
  const run = await rig.submit(
    plan(
      [
        step('a', [], { retry, env: { myName: 'x', AT: '1', snake_case: 'y' } }),
        step('go', ['a'], { body: gate() }),
        step('b', ['go'], { when: 'false' }),
      ],
      { finally: [step('tidy')] },
    ),
  )
  await rig.finish(run, 'a', { ...failure, usage: { inputTokens: 1, outputTokens: 2 } })
  await until(() => rig.isRunning(run, 'a'))
  await rig.finish(run, 'a', { ...success, outputs: { fooBar: 1, at: 5, deep: { until: 7 } } })
  await rig.client.decideGate(run, 'go', { decision: 'approve', by: 'ada', comment: null })
  await rig.finish(run, 'tidy')
  return run
}

describe('the stream of a run', () => {
  test('tells everything in order, and ends with the run', async () => {
    await using rig = await Rig.start()
    const facts = await factsOf(rig.client, await eventfulRun(rig))
    expect(typesOf(facts)).toBe(
      'run_submitted step_ready attempt_started attempt_finished step_retrying attempt_started ' +
        'attempt_finished step_finished gate_opened gate_decided step_finished condition_evaluated ' +
        'step_finished step_ready finally_started attempt_started attempt_finished step_finished run_finished',
    )
  })

  test('is the same, live, late, and in pieces that go on at any place', async () => {
    await using rig = await Rig.start()
    const live = rig.submit(plan([step('a'), step('b', ['a'])])).then(async (run) => {
      const facts = factsOf(rig.client, run)
      await rig.finish(run, 'a')
      await rig.finish(run, 'b')
      return { run, facts: await facts }
    })
    const { run, facts } = await live
    expect(await factsOf(rig.client, run)).toEqual(facts)
    for (const [index, { id }] of facts.entries()) {
      expect(await factsOf(rig.client, run, id)).toEqual(facts.slice(index + 1))
    }
  })

  test('goes on behind a snapshot of the run without a gap or a repetition', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a'), step('b', ['a'])]))
    // Events of other runs lie between.
    await rig.finish(await rig.submit(plan([step('x')])), 'x')
    const { last_event_id: last } = await rig.client.run(run)
    const rest = factsOf(rig.client, run, last)
    await rig.finish(run, 'a')
    await rig.finish(await rig.submit(plan([step('x')])), 'x')
    await rig.finish(run, 'b')
    expect(typesOf(await rest)).toBe(
      'attempt_finished step_finished step_ready attempt_started attempt_finished step_finished run_finished',
    )
    const all = await factsOf(rig.client, run)
    expect(idsOf(all).slice(-7)).toEqual(idsOf(await rest))
  })

  test('has no gap where the journal ends and the present begins', async () => {
    await using rig = await Rig.start()
    const many = Array.from({ length: 100 }, (_, index) => step(`s${index}`))
    const run = await rig.submit(plan(many))
    const finishing = (async () => {
      for (const { id } of many) await rig.finish(run, id)
    })()
    const streams = []
    for (let index = 0; index < 10; index++) {
      streams.push(factsOf(rig.client, run))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await finishing
    const whole = idsOf(await factsOf(rig.client, run))
    expect(new Set(whole).size).toBe(whole.length)
    for (const stream of streams) expect(idsOf(await stream)).toEqual(whole)
  })

  test('is on the wire what run --json prints, with ids and times for people', async () => {
    await using rig = await Rig.start()
    const run = await eventfulRun(rig)
    const facts = await factsOf(rig.client, run)
    const { text, headers } = await ask(rig.socketPath, `/api/v1/runs/${run}/events`)
    expect(headers['content-type']).toBe('text/event-stream')
    const blocks = text.split('\n\n').filter((block) => block.startsWith('id: '))
    expect(blocks).toHaveLength(facts.length)
    for (const [index, block] of blocks.entries()) {
      const fact = facts[index]!
      const [id, event, data, ...more] = block.split('\n')
      expect([id, event, more]).toEqual([`id: ${fact.id}`, `event: ${fact.type}`, []])
      const wire = JSON.parse(data!.slice('data: '.length))
      expect(wire).toEqual(JSON.parse(factLine(fact)))
      expect(Object.keys(wire).slice(0, 4)).toEqual(['seq', 'at', 'run_id', 'type'])
      expect(wire.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    // Names that people gave stay as they are, both ways.
    expect(text).toContain('"outputs":{"fooBar":1,"at":5,"deep":{"until":7}}')
    expect(text).toContain('"env":{"myName":"x","AT":"1","snake_case":"y"}')
    expect(facts.find(({ type }) => type === 'attempt_started')).toMatchObject({
      values: { env: { myName: 'x', AT: '1', snake_case: 'y' } },
    })
    expect(facts.filter(({ type }) => type === 'attempt_finished')).toMatchObject([
      { result: { exitCode: 1, usage: { inputTokens: 1, outputTokens: 2 } } },
      { result: { outputs: { fooBar: 1, at: 5, deep: { until: 7 } } } },
      {},
    ])
    expect(text).not.toContain('"dependsOn"')
  })

  test('ends at once when nobody wants to follow', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    const path = `/api/v1/runs/${run}/events`
    const { text } = await ask(rig.socketPath, `${path}?follow=false`)
    expect(text.match(/^event: /gm)).toHaveLength(3)
    expect((await ask(rig.socketPath, `${path}?follow=false&after=1.1`)).text.match(/^event: (.*)/gm)).toEqual([
      'event: attempt_started',
    ])
  })

  test('answers an EventSource that has seen the end with 204, so that it stops asking', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    await rig.finish(run, 'a')
    const last = (await factsOf(rig.client, run)).at(-1)!
    const headers = { 'last-event-id': last.id }
    expect(await ask(rig.socketPath, `/api/v1/runs/${run}/events`, { headers })).toMatchObject({ status: 204 })
    expect(await factsOf(rig.client, run, last.id)).toEqual([])
  })

  test.each(['', 'x', '1', '1.', '-1.0', '1.0.0', '99999999999999999.0'])(
    'does not begin behind %j, which is no id',
    async (id) => {
      await using rig = await Rig.start()
      const run = await rig.submit(plan([step('a')]))
      const path = `/api/v1/runs/${run}/events?follow=false&after=${id}`
      expect((await ask(rig.socketPath, path)).json).toMatchObject({ code: 'USAGE' })
    },
  )

  test('of no run is an error before anything is streamed', async () => {
    await using rig = await Rig.start()
    await expect(factsOf(rig.client, 'rnone')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })
})

describe('a reader', () => {
  test('that stops, by leaving the loop or by its signal, is forgotten', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    for await (const fact of rig.client.events(run, null, never)) {
      expect(rig.observers).toBe(1)
      if (fact.type === 'attempt_started') break
    }
    const stop = new AbortController()
    const facts = []
    for await (const fact of rig.client.events(run, null, stop.signal)) {
      facts.push(fact)
      if (fact.type === 'attempt_started') stop.abort()
    }
    expect(facts).toHaveLength(3)
    await until(() => rig.observers === 0)
    expect(await collect(rig.client.events(run, null, AbortSignal.abort()))).toEqual([])
  })

  test('is told that the holder is gone when the stream breaks, and not that the run has ended', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    const facts: RunFact[] = []
    const reading = (async () => {
      for await (const fact of rig.client.events(run, null, never)) facts.push(fact)
    })()
    await until(() => facts.length === 3)
    const broken = failureOf(reading)
    await rig.close()
    expect(await broken).toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    await rig.listen()
    const rest = factsOf(rig.client, run, facts.at(-1)!.id)
    await rig.finish(run, 'a')
    expect(typesOf(await rest)).toBe('attempt_finished step_finished run_finished')
  })

  test('is told the same when the holder breaks in the middle', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    await rig.close()
    await rig.listen({
      history: () => {
        throw new Error('a checksum is wrong')
      },
    })
    await expect(factsOf(rig.client, run)).rejects.toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    expect(rig.warnings.join()).toContain('a checksum is wrong')
  })

  test('that does not read costs the holder no memory, and finds everything in the journal later', async () => {
    await using rig = await Rig.start()
    const padding = 'x'.repeat(4000)
    const many = Array.from({ length: 2000 }, (_, index) => step(`s${index}`, [], { env: { padding } }))
    const { run_id: run } = await rig.client.submit(submission(plan(many)))
    const id = rig.engine.resolve(run)
    const socket = connect(rig.socketPath)
    socket.pause()
    socket.write(`GET /api/v1/runs/${run}/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    await until(() => rig.readsOfHistory === 1)
    rig.finishAll(id, { ...success, outputs: { padding } })
    await until(() => rig.engine.get(id)?.phase === 'finished')
    // Nothing was read: the stream stands in what it read first, and what came later was let go.
    expect(rig.readsOfHistory).toBe(1)
    let size = 0
    let ids = 0
    let rest = ''
    for await (const chunk of socket) {
      size += chunk.length
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line.startsWith('id: ')) ids++
    }
    expect(size).toBeGreaterThan(2000 * padding.length)
    // Submitted, ready, started, finished, step finished, and the end.
    expect(ids).toBe(1 + 4 * 2000 + 1)
    expect(rig.readsOfHistory).toBe(2)
  })

  test('is one of 256 at most', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    const stop = new AbortController()
    let open = 0
    const readers = Array.from({ length: 256 }, async () => {
      let seen = 0
      for await (const _ of rig.client.events(run, null, stop.signal)) if (++seen === 3) open++
    })
    await until(() => open === 256)
    await expect(factsOf(rig.client, run)).rejects.toMatchObject({ code: 'STREAMS_FULL' })
    expect(await rig.client.run(run)).toMatchObject({ run_id: run })
    stop.abort()
    await Promise.all(readers)
    await until(() => rig.observers === 0)
    await rig.finish(run, 'a')
    expect(await factsOf(rig.client, run)).toHaveLength(6)
  })
})
