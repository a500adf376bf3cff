import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { Plan, Step } from '../../src/plan/plan.ts'
import { decide } from '../../src/run/decide.ts'
import { defaultRetry, gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

const limits = { maxDurationMs: null, maxParallel: null, budget: null, requireTests: null, requirePr: null }
const subPlan = (id: string, needs: string[] = [], more: Partial<Step> = {}): Step =>
  step(id, needs, { body: { kind: 'plan', path: 'release.yaml' }, ...more })

/** A plan whose step `release` is the given one, between two others. */
const around = (inner: Plan, more: Partial<Step> = {}): Plan =>
  plan([step('first'), subPlan('release', ['first'], more), step('last', ['release'])], {
    subPlans: { 'release.yaml': inner },
  })

const inner = plan([step('build'), step('publish', ['build'])], {
  name: 'release',
  inputs: {
    version: { type: 'string', description: null, enum: null, pattern: null, secret: false },
    loud: { type: 'boolean', description: null, default: false, enum: null, pattern: null, secret: false },
  },
  outputs: { url: '${{ steps.publish.outputs.url }}', nothing: '${{ steps.build.outputs.nothing }}' },
})
const withVersion = { with: { version: '${{ steps.first.outputs.version }}' } }
const give = (outputs: Record<string, string>): typeof success => ({ ...success, outputs })

describe('a sub-plan', () => {
  test('runs its steps in their own order, with its own inputs, and gives its outputs', () => {
    const run = new KernelRun(around(inner, withVersion)).run('first', give({ version: '1.2.0' }))
    expect(run.ready()).toEqual(['release/build'])
    expect(run.state.levels.get(1).inputs).toEqual({ version: '1.2.0', loud: false })
    run.run('release/build')
    expect([run.status('release'), run.status('last'), run.ready()]).toEqual(['open', 'waiting', ['release/publish']])
    run.run('release/publish', give({ url: 'https://x' }))
    // An output that has no value is absent, so that has() can ask for it.
    expect(run.ended('release')).toMatchObject({ outcome: 'success', outputs: { url: 'https://x' } })
    expect(run.run('last').state).toMatchObject({
      phase: 'finished',
      outcome: 'success',
      counts: { total: 4, success: 4 },
    })
  })

  test('whose inputs do not fit does not begin', () => {
    const run = new KernelRun(around(inner, withVersion)).run('first', { ...success, outputs: { version: 3 } })
    expect(run.outcome('release')).toBe('failure/expression_failed')
    expect(run.ended('release').message).toBe('with: the input "version" must be text, not the number 3')
  })

  test('takes no slot of its own, and its steps come in the order of their own critical path', () => {
    const run = new KernelRun(
      plan([subPlan('release'), step('short'), step('after', ['release'])], {
        subPlans: { 'release.yaml': around(plan([step('x')])) },
      }),
    )
    expect(run.state.sets.running.size).toBe(0)
    expect(run.ready()).toEqual(['release/first', 'short'])
  })

  test('that fails fails its step, and names what failed in it', () => {
    const run = new KernelRun(around(inner, withVersion))
      .run('first', give({ version: '1' }))
      .run('release/build', failure)
    expect(run.outcome('release/publish')).toBe('skip/upstream_failed')
    expect(run.ended('release')).toMatchObject({
      outcome: 'failure',
      cause: 'exit_nonzero',
      message: 'step "release/build" ended with exit_nonzero',
    })
    expect(run.outcome('last')).toBe('skip/upstream_failed')
  })

  test('is tried again whole when its step says so, with new numbers for its attempts', () => {
    const retry = { ...defaultRetry, maxAttempts: 2, backoff: 'fixed' as const, delayMs: 1000 }
    const run = new KernelRun(around(inner, { ...withVersion, retry })).run('first', give({ version: '1' }))
    run.run('release/build').run('release/publish', failure)
    expect([run.status('release'), run.ready()]).toEqual(['backing_off', []])
    expect(run.pass(1000).ready()).toEqual(['release/build'])
    run.start('release/build')
    expect(run.state.states.get(run.index('release/build'))).toMatchObject({ attempt: 2 })
    run.finish('release/build').run('release/publish')
    expect(run.ended('release')).toMatchObject({ outcome: 'success', past: { count: 2 } })
    expect(run.run('last').state.counts).toEqual({ total: 4, success: 4, failed: 0, skipped: 0 })
  })

  test('runs its own finally, which knows how its steps went', () => {
    const withEnd = plan([step('build')], { finally: [step('tidy', [], { env: { HOW: '${{ run.outcome }}' } })] })
    const run = new KernelRun(around(withEnd)).run('first').run('release/build', failure)
    expect(run.ready()).toEqual(['release/tidy'])
    expect(run.values('release/tidy').env).toEqual({ HOW: 'failure' })
    expect(run.run('release/tidy').outcome('release')).toBe('failure/exit_nonzero')
  })

  test('keeps its max_parallel within that of the plan around it', () => {
    const wide = plan([step('a'), step('b'), step('c')], { constraints: { ...limits, maxParallel: 2 } })
    const run = new KernelRun(
      plan([subPlan('one'), subPlan('two')], {
        subPlans: { 'release.yaml': wide },
        constraints: { ...limits, maxParallel: 3 },
      }),
    )
    expect(run.ready()).toEqual(['one/a', 'one/b', 'two/a'])
    run.start('one/a').start('one/b')
    expect(run.ready()).toEqual(['two/a'])
    run.start('two/a')
    expect(run.ready()).toEqual([])
    expect(run.finish('one/a').ready()).toEqual(['one/c'])
  })

  test('offers its steps again when a limit around it has room, though its own never was reached', () => {
    const wide = plan([step('a'), step('b')], { constraints: { ...limits, maxParallel: 2 } })
    const matrix = [{ n: 1 }, { n: 2 }]
    const run = new KernelRun(
      plan([subPlan('many', [], { matrix, maxParallel: 1 })], { subPlans: { 'release.yaml': wide } }),
    )
    run.start('many.1/a')
    expect(run.ready()).toEqual([])
    expect(run.finish('many.1/a').ready()).toEqual(['many.1/b'])
  })

  test('ends with its own max_duration, which stands while only people can move it', () => {
    const gated = plan([step('a'), step('ok', ['a'], { body: gate(1e9) }), step('b', ['ok'])], {
      constraints: { ...limits, maxDurationMs: 60_000 },
    })
    const run = new KernelRun(around(gated)).run('first').start('release/a').pass(50_000).finish('release/a')
    run.pass(1_000_000).answer('release/ok', 'approve').start('release/b').pass(9000)
    expect(decide(run.state, run.now).stops).toEqual([])
    run.pass(1000)
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'release/b', attempt: 1, reason: 'deadline' }])
    run.finish('release/b', { ...failure, outcome: 'timeout', cause: 'timeout' })
    expect([run.outcome('release'), run.outcome('last')]).toEqual(['timeout/timeout', 'skip/upstream_failed'])
    expect(run.state).toMatchObject({ phase: 'finished', outcome: 'failure', cause: 'timeout' })
  })

  test('ends with the timeout of its step, however much of it was spent waiting', () => {
    const run = new KernelRun(around(plan([step('a')]), { timeoutMs: 5000 })).run('first').pass(4999).start('release/a')
    expect(decide(run.state, run.now).stops).toEqual([])
    expect(decide(run.pass(1).state, run.now).stops).toHaveLength(1)
  })

  test('of a cancelled run still runs its finally; a second cancel ends that too', () => {
    const withEnd = plan([step('build')], { finally: [step('tidy')] })
    const run = new KernelRun(around(withEnd)).run('first').start('release/build').cancel()
    run.finish('release/build', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
    expect(run.ready()).toEqual(['release/tidy'])
    expect(run.start('release/tidy').cancel().status('release/tidy')).toBe('running')
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'release/tidy', attempt: 1, reason: 'killed' }])
    run.finish('release/tidy', { ...failure, outcome: 'cancellation', cause: 'cancelled' })
    expect([run.outcome('release'), run.state.outcome]).toEqual(['cancellation/cancelled', 'cancellation'])
  })

  test('may be the body of a matrix, and hold one', () => {
    const many = plan([step('x', [], { matrix: [{ n: 1 }, { n: 2 }] })], { outputs: { all: '${{ steps.x.outputs }}' } })
    const matrix = [{ os: 'linux' }, { os: 'mac' }]
    const run = new KernelRun(plan([subPlan('each', [], { matrix })], { subPlans: { 'release.yaml': many } }))
    expect(run.ready()).toEqual(['each.1/x.1', 'each.1/x.2', 'each.2/x.1', 'each.2/x.2'])
    for (const id of run.ready()) run.run(id, give({ id }))
    expect(run.ended('each').outputs).toEqual([
      { all: [{ id: 'each.1/x.1' }, { id: 'each.1/x.2' }] },
      { all: [{ id: 'each.2/x.1' }, { id: 'each.2/x.2' }] },
    ])
  })

  test('names what it has and nothing else', () => {
    const run = new KernelRun(around(inner, withVersion)).run('first', give({ version: '1' }))
    for (const id of [
      'release/nobody',
      'release/build/more',
      'release.1',
      'first/build',
      'release/build.1',
      '',
      'x.y/z',
    ])
      expect(run.apply({ type: 'attempt_lost', at: run.now, step: stepId(id), attempt: 1 }).state.changed).toEqual([])
  })
})
