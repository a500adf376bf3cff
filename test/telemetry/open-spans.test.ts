import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { attemptSpanId, gateSpanId, openSpanId, runSpanId } from '../../src/telemetry/ids.ts'
import type { SpanRecord } from '../../src/telemetry/span.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, someRun } from '../support/runs.ts'
import { spansOfAll } from '../support/telemetry.ts'

const spansOf = ({ events }: KernelRun): SpanRecord[] =>
  spansOfAll(events.map((event, index) => ({ seq: index + 1, runId: someRun, event })))
const named = (run: KernelRun, name: string): SpanRecord[] => spansOf(run).filter((span) => span.name === name)
const id = (name: string): ReturnType<typeof stepId> => stepId(name)

const matrix = [{ n: 1 }, { n: 2 }]

test('a matrix is a span from its opening to its end, and the parent of its instances', () => {
  const run = new KernelRun(plan([step('m', [], { matrix }), step('z', ['m'])]))
  run.start('m.1').pass(100).finish('m.1').run('m.2').run('z')
  const [span] = named(run, 'matrix m')
  expect(span).toMatchObject({ startAt: 1_000_000, endAt: 1_000_100, parentSpanId: runSpanId(someRun), error: null })
  expect(span?.spanId).toBe(openSpanId(someRun, id('m'), 1))
  expect(named(run, 'step m.1')[0]?.parentSpanId).toBe(span?.spanId)
  expect(named(run, 'step z')[0]?.links).toEqual([{ spanId: span?.spanId, type: 'depends_on' }])
})

test('a sub-plan is a span too, and spans within are nested as deep as its plans', () => {
  const subPlans = { 'p.yaml': plan([step('x', [], { matrix })]) }
  const run = new KernelRun(plan([step('s', [], { body: { kind: 'plan', path: 'p.yaml' } })], { subPlans }))
  run.run('s/x.1').run('s/x.2', failure)
  const [outer] = named(run, 'plan s')
  const [inner] = named(run, 'matrix s/x')
  expect(inner?.parentSpanId).toBe(outer?.spanId)
  expect(named(run, 'step s/x.2')[0]?.parentSpanId).toBe(inner?.spanId)
  expect(outer?.attributes).toMatchObject({ 'cicd.pipeline.task.run.result': 'failure', 'error.type': 'exit_nonzero' })
})

test('every opening of a gate or a matrix has a span of its own', () => {
  const back = {
    kind: 'approval',
    prompt: '?',
    timeoutMs: 1000,
    onReject: { rewindTo: id('m'), maxRewinds: 1 },
  } as const
  const run = new KernelRun(plan([step('m', [], { matrix }), step('ok', ['m'], { body: back })]))
  run.run('m.1').run('m.2').answer('ok', 'reject').run('m.1').run('m.2').answer('ok', 'approve')
  expect(named(run, 'matrix m').map(({ spanId }) => spanId)).toEqual([1, 2].map((n) => openSpanId(someRun, id('m'), n)))
  const gates = named(run, 'gate approval')
  expect(gates.map(({ spanId }) => spanId)).toEqual([1, 2].map((n) => gateSpanId(someRun, id('ok'), n)))
  expect(gates.map(({ attributes }) => attributes['orchd.gate.decision'])).toEqual(['reject', 'approve'])
  const second = spansOf(run).find(({ spanId }) => spanId === attemptSpanId(someRun, id('m.1'), 2))
  expect(second?.parentSpanId).toBe(openSpanId(someRun, id('m'), 2))
})

test('a run that is retried after its end has a second root, and all spans have different ids', () => {
  const run = new KernelRun(plan([step('a'), step('ok', ['a'], { body: gate() })])).run('a', failure).pass(5000)
  run.retry(null).run('a').answer('ok', 'approve')
  const roots = spansOf(run).filter(({ kind }) => kind === 'server')
  expect(roots.map(({ spanId, startAt }) => [spanId, startAt])).toEqual([
    [runSpanId(someRun, 0), 1_000_000],
    [runSpanId(someRun, 1), 1_005_000],
  ])
  const ids = spansOf(run).map(({ spanId }) => spanId)
  expect(new Set(ids).size).toBe(ids.length)
})
