import { describe, expect, test } from 'vitest'
import type { TriggerRule } from '../../src/plan/plan.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'

const ends = {
  success: (run: KernelRun, id: string) => run.run(id),
  failure: (run: KernelRun, id: string) => run.run(id, failure),
  skip: (_run: KernelRun, _id: string) => {},
} as const
type End = keyof typeof ends

/** A step `d` under `rule` behind `a` and `b`, which end as told (`skip`: by their own condition). */
function behind(rule: TriggerRule, a: End, b: End): string {
  const steps = [
    step('a', [], { when: a === 'skip' ? 'false' : null }),
    step('b', [], { when: b === 'skip' ? 'false' : null }),
    step('d', ['a', 'b'], { triggerRule: rule }),
  ]
  const run = new KernelRun(plan(steps))
  ends[a](run, 'a')
  ends[b](run, 'b')
  return run.status('d') === 'finished' ? run.outcome('d') : 'runs'
}

test.each<[TriggerRule, End, End, string]>([
  ['all_success', 'success', 'success', 'runs'],
  ['all_success', 'success', 'failure', 'skip/upstream_failed'],
  ['all_success', 'success', 'skip', 'skip/upstream_skipped'],
  ['all_success', 'skip', 'failure', 'skip/upstream_failed'],
  ['all_done', 'failure', 'skip', 'runs'],
  ['one_success', 'success', 'failure', 'runs'],
  ['one_success', 'failure', 'skip', 'skip/upstream_failed'],
  ['one_success', 'skip', 'skip', 'skip/upstream_skipped'],
  ['none_failed', 'success', 'skip', 'runs'],
  ['none_failed', 'skip', 'skip', 'runs'],
  ['none_failed', 'success', 'failure', 'skip/upstream_failed'],
  ['none_failed_min_one_success', 'success', 'skip', 'runs'],
  ['none_failed_min_one_success', 'skip', 'skip', 'skip/upstream_skipped'],
  ['none_failed_min_one_success', 'success', 'failure', 'skip/upstream_failed'],
])('%s behind %s and %s: %s', (rule, a, b, expected) => {
  expect(behind(rule, a, b)).toBe(expected)
})

test('a rule waits until all dependencies have finished, even when its answer is known', () => {
  const run = new KernelRun(plan([step('a'), step('b'), step('d', ['a', 'b'], { triggerRule: 'one_success' })]))
  run.run('a')
  expect(run.status('d')).toBe('waiting')
  run.run('b', failure)
  expect(run.ready()).toEqual(['d'])
})

test('for none_failed a skip that a failure caused counts as a failure', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a']), step('d', ['b'], { triggerRule: 'none_failed' })]))
  run.run('a', failure)
  expect(run.outcome('b')).toBe('skip/upstream_failed')
  expect(run.outcome('d')).toBe('skip/upstream_failed')
})

test('a failed step skips everything below it, and an all_done step that tidies up does not save the run', () => {
  const steps = [step('a'), step('b', ['a']), step('c', ['b']), step('tidy', ['c'], { triggerRule: 'all_done' })]
  const run = new KernelRun(plan(steps)).run('a', failure).run('tidy')
  expect([run.outcome('b'), run.outcome('c'), run.outcome('tidy')]).toEqual([
    'skip/upstream_failed',
    'skip/upstream_failed',
    'success',
  ])
  expect(run.state).toMatchObject({ phase: 'finished', outcome: 'failure', cause: 'exit_nonzero' })
})

describe('continue_on_error', () => {
  test('forgives a failure for rules and for the run, and the outcome stays', () => {
    const run = new KernelRun(plan([step('a', [], { continueOnError: true }), step('b', ['a'])]))
      .run('a', failure)
      .run('b')
    expect(run.outcome('a')).toBe('failure/exit_nonzero')
    expect(run.state).toMatchObject({ outcome: 'success', counts: { success: 1, failed: 1, skipped: 0 } })
  })

  test('does not forgive a cancellation', () => {
    const run = new KernelRun(plan([step('a', [], { continueOnError: true }), step('b', ['a'])]))
    run.start('a').finish('a', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
    expect(run.outcome('b')).toBe('skip/upstream_failed')
  })
})

describe('when', () => {
  test('is asked after the rule, with the outcomes of the dependencies', () => {
    const run = new KernelRun(plan([step('a'), step('b', ['a'], { when: "steps.a.outcome == 'success'" })]))
    expect(run.status('b')).toBe('waiting')
    run.run('a')
    expect(run.ready()).toEqual(['b'])
    expect(run.events.filter((event) => event.type === 'condition_evaluated')).toHaveLength(1)
  })

  test('that cannot be evaluated fails the step with expression_failed', () => {
    const run = new KernelRun(plan([step('a'), step('b', ['a'], { when: 'steps.a.outputs.nothing == 1' })])).run('a')
    expect(run.outcome('b')).toBe('failure/expression_failed')
    expect(run.state.outcome).toBe('failure')
  })
})

describe('a gate', () => {
  test('opens when its turn comes, and lets the rest go on once it is approved', () => {
    const run = new KernelRun(plan([step('a'), step('ok', ['a'], { body: gate() }), step('b', ['ok'])])).run('a')
    expect([run.status('ok'), run.ready()]).toEqual(['gated', []])
    run.answer('ok', 'approve')
    expect([run.outcome('ok'), run.ready()]).toEqual(['success', ['b']])
  })

  test('that is rejected fails the run with gate_rejected', () => {
    const run = new KernelRun(plan([step('ok', [], { body: gate() }), step('b', ['ok'])])).answer('ok', 'reject')
    expect(run.outcome('ok')).toBe('failure/gate_rejected')
    expect(run.state).toMatchObject({ outcome: 'failure', cause: 'gate_rejected' })
  })

  test('that nobody answers in time is rejected, and a late answer changes nothing', () => {
    const run = new KernelRun(plan([step('ok', [], { body: gate(60_000) })])).pass(59_999)
    expect(run.status('ok')).toBe('gated')
    run.pass(1)
    expect(run.ended('ok')).toMatchObject({ cause: 'gate_rejected', decidedBy: null })
    const { state } = run
    expect(run.answer('ok', 'approve').state.outcome).toBe(state.outcome)
  })
})
