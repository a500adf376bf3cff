import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { decide } from '../../src/run/decide.ts'
import { defaultRetry, gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

describe('retry', () => {
  const retry = { ...defaultRetry, maxAttempts: 3, delayMs: 10_000, maxDelayMs: 15_000 }

  test('waits for its back-off, counts the first attempt, and ends with the last result', () => {
    const run = new KernelRun(plan([step('a', [], { retry })])).run('a', failure)
    expect([run.status('a'), run.ready()]).toEqual(['backing_off', []])
    expect(run.pass(10_000).ready()).toEqual(['a'])
    run.run('a', failure)
    expect(run.pass(15_000).ready()).toEqual(['a'])
    run.run('a', { ...failure, exitCode: 7 })
    expect(run.ended('a')).toMatchObject({ outcome: 'failure', past: { count: 3, exitCode: 7 } })
  })

  test('never waits longer than max_delay, nor less than four fifths of what it should', () => {
    const run = new KernelRun(plan([step('a', [], { retry })])).run('a', failure)
    const wakeAt = decide(run.state, run.now).wakeAt ?? 0
    expect(wakeAt - run.now).toBeGreaterThanOrEqual(8000)
    expect(wakeAt - run.now).toBeLessThanOrEqual(10_000)
  })

  test('is not tried for a cause that it does not name, nor for one that no retry can mend', () => {
    const run = new KernelRun(plan([step('a', [], { retry: { ...retry, on: ['timeout'] } }), step('b', [], { retry })]))
    run.run('a', failure).run('b', { ...failure, cause: 'auth' })
    expect([run.outcome('a'), run.outcome('b')]).toEqual(['failure/exit_nonzero', 'failure/auth'])
  })

  test('only the final attempt’s outputs exist', () => {
    const run = new KernelRun(plan([step('a', [], { retry })])).run('a', { ...failure, outputs: { x: 1 } }).pass(10_000)
    expect(run.run('a', { ...success, outputs: { y: 2 } }).ended('a').outputs).toEqual({ y: 2 })
  })
})

describe('cancel', () => {
  test('stops what runs, skips what never started, and lets finally run', () => {
    const run = new KernelRun(
      plan([step('a'), step('b', ['a']), step('ok', [], { body: gate() })], { finally: [step('f')] }),
    )
    run.start('a').cancel()
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'a', attempt: 1, reason: 'cancelled' }])
    expect([run.outcome('b'), run.outcome('ok'), run.ready()]).toEqual(['skip/cancelled', 'cancellation/cancelled', []])
    run.finish('a', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
    expect([run.state.phase, run.state.outcome, run.ready()]).toEqual(['finally', 'cancellation', ['f']])
    expect(run.run('f').state).toMatchObject({ phase: 'finished', outcome: 'cancellation', cause: 'cancelled' })
  })

  test('a second one stops finally too', () => {
    const run = new KernelRun(plan([step('a')], { finally: [step('f'), step('g')] })).start('a').cancel()
    run
      .finish('a', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
      .start('f')
      .cancel()
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'f', attempt: 1, reason: 'killed' }])
    expect(run.outcome('g')).toBe('skip/cancelled')
  })

  test('a step that fails while the run is being cancelled is not tried again', () => {
    const retry = { ...defaultRetry, maxAttempts: 5 }
    const run = new KernelRun(plan([step('a', [], { retry })])).start('a').cancel().finish('a', failure)
    expect(run.outcome('a')).toBe('failure/exit_nonzero')
    expect(run.state.outcome).toBe('cancellation')
  })
})

describe('max_duration', () => {
  const constraints = { maxDurationMs: 60_000, maxParallel: null, budget: null, requireTests: null, requirePr: null }

  test('cuts off what runs as a timeout and skips what never started', () => {
    const run = new KernelRun(plan([step('a'), step('b', ['a'])], { constraints })).start('a').pass(60_000)
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'a', attempt: 1, reason: 'deadline' }])
    run.finish('a', { ...failure, outcome: 'timeout', cause: 'timeout' })
    expect(run.outcome('b')).toBe('skip/timeout')
    expect(run.state).toMatchObject({ outcome: 'timeout', cause: 'timeout' })
  })

  test('stands still while only people can move the run', () => {
    const run = new KernelRun(
      plan([step('a'), step('ok', ['a'], { body: gate(1e9) }), step('b', ['ok'])], { constraints }),
    )
    run.start('a').pass(50_000).finish('a').pass(1_000_000).answer('ok', 'approve').start('b').pass(9_000)
    expect(run.status('b')).toBe('running')
    expect(decide(run.pass(1_000).state, run.now).stops).toHaveLength(1)
  })

  test('finally has ten minutes of its own', () => {
    const run = new KernelRun(plan([step('a')], { constraints, finally: [step('f')] })).start('a').pass(60_000)
    run
      .finish('a', { ...failure, outcome: 'timeout', cause: 'timeout' })
      .start('f')
      .pass(599_999)
    expect(decide(run.state, run.now).stops).toEqual([])
    expect(decide(run.pass(1).state, run.now).stops).toHaveLength(1)
  })
})

describe('finally', () => {
  test('runs after a success, and its failure fails the run', () => {
    const run = new KernelRun(plan([step('a')], { finally: [step('f'), step('g')] })).run('a')
    expect([run.state.phase, run.ready()]).toEqual(['finally', ['f', 'g']])
    expect(run.run('f').run('g', failure).state).toMatchObject({ phase: 'finished', outcome: 'failure' })
  })
})

const lost = (onCrash: 'retry' | 'ask' | 'fail'): KernelRun => {
  const run = new KernelRun(plan([step('a', [], { onCrash })])).start('a')
  return run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 1 }).settle()
}

describe('an attempt that was lost with its processes', () => {
  test('is tried again at once when the plan says retry, beyond max_attempts, but not for ever', () => {
    const run = lost('retry')
    for (let attempt = 2; attempt <= 4; attempt++) {
      expect(run.ready()).toEqual(['a'])
      run.start('a').apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt })
    }
    expect(run.outcome('a')).toBe('error/daemon_lost')
  })

  test('waits for a person when the plan says ask', () => {
    const run = lost('ask')
    expect([run.status('a'), run.ready()]).toEqual(['held', []])
    run.apply({ type: 'attempt_decided', at: run.now, step: stepId('a'), decision: 'rerun', by: 'ada' })
    expect(run.run('a').ended('a').past.count).toBe(2)
  })

  test('fails the step when the plan says fail', () => {
    expect(lost('fail').outcome('a')).toBe('error/daemon_lost')
  })
})

test('news that no longer fit change nothing', () => {
  const run = new KernelRun(plan([step('a'), step('b')])).run('a')
  const before = run.state
  run.apply({ type: 'attempt_finished', at: run.now, step: stepId('a'), attempt: 1, result: failure })
  run.apply({ type: 'attempt_finished', at: run.now, step: stepId('b'), attempt: 9, result: failure })
  run.apply({
    type: 'gate_decided',
    at: run.now,
    step: stepId('nobody'),
    decision: 'approve',
    by: 'ada',
    comment: null,
  })
  expect({ ...run.state, changed: [] }).toEqual({ ...before, changed: [] })
})
