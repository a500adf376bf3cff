import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { decide } from '../../src/run/decide.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

const given = (outputs: (typeof success)['outputs']): typeof success => ({ ...success, outputs })
const matrix = [{ focus: 'security' }, { focus: 'speed' }, { focus: 'style' }]

describe('a matrix', () => {
  test('runs one instance for each combination, and gives their outputs in order', () => {
    const run = new KernelRun(plan([step('audit', [], { matrix }), step('after', ['audit'])]))
    expect(run.ready()).toEqual(['audit.1', 'audit.2', 'audit.3'])
    run.run('audit.2', given({ n: 2 })).run('audit.1', given({ n: 1 }))
    expect([run.status('audit'), run.status('after')]).toEqual(['open', 'waiting'])
    run.run('audit.3', given({ n: 3 }))
    expect(run.ended('audit')).toMatchObject({ outcome: 'success', outputs: [{ n: 1 }, { n: 2 }, { n: 3 }] })
    expect(run.ready()).toEqual(['after'])
    expect(run.run('after').state).toMatchObject({ phase: 'finished', outcome: 'success' })
    expect(run.state.counts).toEqual({ total: 4, success: 4, failed: 0, skipped: 0 })
  })

  test('ends with its worst outcome, and says which instances', () => {
    const run = new KernelRun(plan([step('audit', [], { matrix }), step('after', ['audit'])]))
    run
      .run('audit.1')
      .run('audit.2', failure)
      .run('audit.3', { ...failure, outcome: 'timeout', cause: 'timeout' })
    expect([run.outcome('audit'), run.outcome('after')]).toEqual(['failure/exit_nonzero', 'skip/upstream_failed'])
    expect(run.ended('audit').message).toBe('1 of 3 ended with failure; audit.2: exit 1')
    expect(run.state).toMatchObject({ outcome: 'failure', firstFailure: { step: 'audit' } })
  })

  test('that is forgiven lets others go on', () => {
    const run = new KernelRun(
      plan([step('audit', [], { matrix, continueOnError: true, failFast: true }), step('after', ['audit'])]),
    )
    run.run('audit.1', failure).run('audit.2').run('audit.3').run('after')
    expect(run.state.outcome).toBe('success')
  })

  test('without combinations is a success with an empty list', () => {
    const run = new KernelRun(plan([step('audit', [], { matrix: [] }), step('after', ['audit'])]))
    expect(run.ended('audit')).toMatchObject({ outcome: 'success', outputs: [] })
    expect(run.run('after').state.outcome).toBe('success')
  })

  test('asks a condition once, unless it names what is different in each instance', () => {
    const once = new KernelRun(plan([step('audit', [], { matrix, when: 'false' })]))
    expect([once.outcome('audit'), once.state.counts.total]).toEqual(['skip/condition', 1])
    const each = new KernelRun(plan([step('audit', [], { matrix, when: "matrix.focus != 'speed'" })]))
    expect(each.ready()).toEqual(['audit.1', 'audit.3'])
    each.run('audit.1').run('audit.3')
    expect([each.outcome('audit.2'), each.outcome('audit')]).toEqual(['skip/condition', 'success'])
    const none = new KernelRun(plan([step('audit', [], { matrix, when: "matrix.focus == 'x'" }), step('b', ['audit'])]))
    expect([none.outcome('audit'), none.outcome('b')]).toEqual(['skip/condition', 'skip/upstream_skipped'])
  })

  test('runs no more instances at once than its max_parallel', () => {
    const run = new KernelRun(plan([step('audit', [], { matrix, maxParallel: 2 }), step('b')]))
    expect(run.ready()).toEqual(['audit.1', 'audit.2', 'b'])
    expect(run.start('audit.1').start('audit.2').ready()).toEqual(['b'])
    expect(run.finish('audit.2').ready()).toEqual(['audit.3', 'b'])
  })

  test('with fail_fast cancels the others when one fails', () => {
    const run = new KernelRun(plan([step('audit', [], { matrix, failFast: true, maxParallel: 2 }), step('b')]))
    run.start('audit.1').start('audit.2').start('b').finish('audit.1', failure)
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'audit.2', attempt: 1, reason: 'cancelled' }])
    expect(run.outcome('audit.3')).toBe('skip/cancelled')
    run.finish('audit.2', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
    expect(run.outcome('audit')).toBe('failure/exit_nonzero')
    expect(run.status('b')).toBe('running')
  })

  test('of gates asks a person for each', () => {
    const run = new KernelRun(plan([step('ok', [], { body: gate(), matrix })]))
    run.answer('ok.1', 'approve').answer('ok.2', 'approve')
    expect(run.status('ok')).toBe('open')
    expect(run.answer('ok.3', 'reject').outcome('ok')).toBe('failure/gate_rejected')
  })

  test('retries its instances, each with a back-off of its own', () => {
    const retry = {
      maxAttempts: 2,
      backoff: 'fixed',
      delayMs: 10_000,
      maxDelayMs: 10_000,
      on: ['exit_nonzero'],
    } as const
    const run = new KernelRun(plan([step('audit', [], { matrix, retry })]))
    run.run('audit.1', failure).run('audit.2', failure)
    const [one, two] = ['audit.1', 'audit.2'].map((id) => run.state.states.get(run.index(id)))
    expect(one?.status === 'backing_off' && two?.status === 'backing_off' && one.until !== two.until).toBe(true)
    run.pass(10_000).run('audit.1').run('audit.2').run('audit.3')
    expect([run.ended('audit.1').past.count, run.outcome('audit')]).toEqual([2, 'success'])
  })
})

/** What the list of a `for_each` is taken from, right or wrong. */
const list = (items: unknown): typeof success => given({ files: items as string[] })

describe('for_each', () => {
  const overFiles = plan([
    step('find'),
    step('fix', ['find'], { forEach: 'steps.find.outputs.files', env: { FILE: '${{ item }}', AT: '${{ index }}' } }),
    step('after', ['fix']),
  ])

  test('runs an instance for each item that an earlier step gave', () => {
    const run = new KernelRun(overFiles).run('find', list(['a.ts', 'b.ts']))
    expect(run.ready()).toEqual(['fix.1', 'fix.2'])
    expect(run.values('fix.2').env).toEqual({ FILE: 'b.ts', AT: '1' })
    run.run('fix.1').run('fix.2')
    expect(run.ended('fix').outputs).toEqual([{}, {}])
    expect(run.run('after').state.outcome).toBe('success')
  })

  test('over an empty list is a success', () => {
    const run = new KernelRun(overFiles).run('find', list([]))
    expect(run.ended('fix')).toMatchObject({ outcome: 'success', outputs: [] })
    expect(run.ready()).toEqual(['after'])
  })

  test('over what is no list, is not there or is too long fails', () => {
    const ended = (items: unknown): unknown => new KernelRun(overFiles).run('find', list(items)).ended('fix').message
    expect(ended('a.ts')).toBe('for_each: it must give a list, not "a.ts"')
    expect(ended(Array.from({ length: 1001 }, () => 'x'))).toBe('for_each: it gives 1001 items; the most are 1000')
    expect(new KernelRun(overFiles).run('find').ended('fix').message).toMatch(/^for_each: there is no "files"/)
  })

  test('over a list that stands in the plan needs no evaluation', () => {
    const run = new KernelRun(plan([step('fix', [], { forEach: ['a', { b: 1 }] })]))
    expect(run.events.map(({ type }) => type)).toEqual(['run_submitted'])
    expect(run.ready()).toEqual(['fix.1', 'fix.2'])
  })
})

test('a run never comes to have more steps than the limit', () => {
  const many = Array.from({ length: 1000 }, (_, at) => at)
  const steps = Array.from({ length: 101 }, (_, at) => step(`s${at}`, [], { forEach: many }))
  const run = new KernelRun(plan(steps))
  expect(run.state.steps.length).toBeLessThanOrEqual(100_000)
  expect(run.state.states.get(run.index('s100'))).toMatchObject({ outcome: 'failure', cause: 'expression_failed' })
  expect(stepId('s0.1000')).toBe(run.state.steps.get(run.index('s0.1000')).id)
})

test('a cancelled run cuts its instances off', () => {
  const run = new KernelRun(plan([step('audit', [], { matrix })])).start('audit.2').cancel()
  expect(decide(run.state, run.now).stops).toEqual([{ step: 'audit.2', attempt: 1, reason: 'cancelled' }])
  run.finish('audit.2', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
  expect([run.outcome('audit.1'), run.outcome('audit')]).toEqual(['skip/cancelled', 'cancellation/cancelled'])
  expect(run.state).toMatchObject({ phase: 'finished', outcome: 'cancellation' })
})
