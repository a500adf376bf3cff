import { expect, test } from 'vitest'
import { gate, plan, step } from '../support/plans.ts'
import { failure, success } from '../support/runs.ts'
import { factsOf, Rig, submission } from './rig.ts'

test('a submitted plan is a run that can be looked at, by its id or any prefix that only it has', async () => {
  await using rig = await Rig.start()
  const { run_id, created } = await rig.client.submit(submission(plan([step('a'), step('b', ['a'])])))
  expect(created).toBe(true)
  expect(await rig.client.run(run_id)).toMatchObject({ run_id, status: 'running', plan: 'test' })
  await rig.finish(await rig.submit(plan([step('x')])), 'x')
  expect(await rig.client.run(run_id.slice(0, 14))).toMatchObject({ run_id })
  await expect(rig.client.run('r')).rejects.toMatchObject({ code: 'RUN_AMBIGUOUS' })
  await expect(rig.client.run('rzzz')).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
    message: 'no run "rzzz"',
    help: 'orchd ps lists the runs',
  })
})

test('the same idempotency key is the same run', async () => {
  await using rig = await Rig.start()
  const first = await rig.client.submit(submission(plan([step('a')]), { key: 'k' }))
  expect(await rig.client.submit(submission(plan([step('a')]), { key: 'k' }))).toEqual({
    run_id: first.run_id,
    created: false,
  })
})

test('a submission comes over whole: inputs, path and a plan larger than its text may be', async () => {
  await using rig = await Rig.start()
  const many = Array.from({ length: 3000 }, (_, index) => step(`s${index}`, [], { description: 'x'.repeat(1000) }))
  const inputs = { text: 'ü\u0000"\\', list: [1, null, { a: 1.5 }] }
  const { run_id } = await rig.client.submit(submission(plan(many), { inputs, path: '/bin', requestId: 'orch-1' }))
  const run = rig.engine.get(rig.engine.resolve(run_id))
  expect(run).toMatchObject({ inputs, path: '/bin', requestId: 'orch-1' })
  expect(run?.steps.length).toBe(3000)
})

test('the newest runs are listed first, as many as asked for', async () => {
  await using rig = await Rig.start()
  const first = await rig.submit(plan([step('a')], { name: 'first' }))
  await rig.finish(first, 'a')
  await rig.submit(plan([step('a'), step('b')], { name: 'second' }))
  const runs = await rig.client.runs(10)
  expect(runs).toMatchObject([
    { plan: 'second', status: 'running', steps: { total: 2, finished: 0, running: 2 } },
    { plan: 'first', status: 'completed', outcome: 'success', steps: null },
  ])
  expect(await rig.client.runs(1)).toHaveLength(1)
})

test('an open gate can be answered once, and only a gate', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('go', [], { body: gate() }), step('a', ['go'])]))
  expect(await rig.client.run(run)).toMatchObject({ status: 'waiting', waiting_for: 'people' })
  await expect(
    rig.client.decideGate(run, 'a', { decision: 'approve', by: 'ada', comment: null }),
  ).rejects.toMatchObject({ code: 'GATE_NOT_OPEN' })
  await rig.client.decideGate(run, 'go', { decision: 'approve', by: 'ada', comment: 'looks good' })
  expect(await rig.client.run(run)).toMatchObject({ status: 'running', steps: [{ message: 'looks good' }, {}] })
  await expect(
    rig.client.decideGate(run, 'go', { decision: 'reject', by: 'eve', comment: null }),
  ).rejects.toMatchObject({
    code: 'GATE_NOT_OPEN',
    message: `step "go" of run "${run}" waits for no approval: it has succeeded`,
  })
  await expect(
    rig.client.decideGate(run, 'nowhere', { decision: 'reject', by: 'eve', comment: null }),
  ).rejects.toMatchObject({ code: 'STEP_NOT_FOUND' })
})

test('only the approvers of the plan can answer its gates', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('go', [], { body: gate() })], { review: { approvers: ['ada'] } }))
  await expect(
    rig.client.decideGate(run, 'go', { decision: 'approve', by: 'eve', comment: null }),
  ).rejects.toMatchObject({ code: 'GATE_FORBIDDEN' })
  await rig.client.decideGate(run, 'go', { decision: 'reject', by: 'ada', comment: null })
  expect(await rig.client.run(run)).toMatchObject({ status: 'failed', cause: 'gate_rejected' })
})

test('a run can be cancelled, and not once it is finished', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('a')]))
  await rig.client.cancel(run, 'ada', 'changed my mind')
  await factsOf(rig.client, run)
  expect(await rig.client.run(run)).toMatchObject({
    status: 'cancelled',
    error: { message: 'cancelled by ada: changed my mind' },
  })
  await expect(rig.client.cancel(run, 'ada', null)).rejects.toMatchObject({ code: 'RUN_FINISHED' })
})

test('a person says what becomes of an attempt that was lost', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('a')]))
  await expect(rig.client.decideLost(run, 'a', 'skip', 'ada')).rejects.toMatchObject({ code: 'GATE_NOT_OPEN' })
  await rig.loseHolder()
  expect(await rig.client.run(run)).toMatchObject({ status: 'waiting', steps: [{ status: 'held' }] })
  await rig.client.decideLost(run, 'a', 'rerun', 'ada')
  await rig.finish(run, 'a')
  expect(await rig.client.run(run)).toMatchObject({ status: 'completed', steps: [{ attempts: 2 }] })
})

test('a step is explained in words, also one of a sub-plan', async () => {
  await using rig = await Rig.start()
  const subPlans = { 'p.yaml': plan([step('a'), step('b', ['a'])]) }
  const run = await rig.submit(plan([step('sub', [], { body: { kind: 'plan', path: 'p.yaml' } })], { subPlans }))
  expect(await rig.client.explain(run, 'sub/b')).toBe('waits for sub/a (running)')
  expect(await rig.client.explain(run, 'sub')).toBe(
    '0 of its 2 steps are over; it waits for sub/a (running), sub/b (waiting)',
  )
  await expect(rig.client.explain(run, 'c')).rejects.toMatchObject({ code: 'STEP_NOT_FOUND' })
})

test('a trace is told of, and sent only when that is asked for', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('a')]))
  expect(await rig.client.trace(run, { export: false })).toEqual({ trace_id: run, url: null, exported: null })
  expect(await rig.client.trace(run, { export: true })).toEqual({ trace_id: run, url: null, exported: 3 })
})

test('the response that is streamed to the end is that of the finished run', async () => {
  await using rig = await Rig.start()
  const run = await rig.submit(plan([step('a'), step('b', ['a'])], { outputs: { x: '${{ steps.a.outputs.x }}' } }))
  await rig.finish(run, 'a', { ...success, outputs: { x: 7 } })
  await rig.finish(run, 'b', failure)
  expect(await rig.client.run(run)).toMatchObject({
    status: 'failed',
    outputs: { x: 7 },
    results: { shell: { status: 'failure', outputs: { x: 7 } } },
    error: { step: 'b', cause: 'exit_nonzero' },
  })
})
