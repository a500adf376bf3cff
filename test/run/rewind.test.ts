import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/plan/plan.ts'
import { stepId } from '../../src/base/ids.ts'
import { decide } from '../../src/run/decide.ts'
import { plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

const gateTo = (target: string, maxRewinds = 3): Partial<Step> => ({
  body: { kind: 'approval', prompt: 'go on?', timeoutMs: 60_000, onReject: { rewindTo: stepId(target), maxRewinds } },
})
const files = (...names: string[]): typeof success => ({ ...success, outputs: { files: names } })
const cancelled = { ...failure, outcome: 'cancellation', cause: 'cancelled' } as const

describe('a rejection with rewind_to', () => {
  const reviewed = plan([
    step('design'),
    step('side', ['design']),
    step('ok', ['design'], gateTo('design')),
    step('build', ['ok']),
    step('apart'),
  ])

  test('takes the run back to that step and all that comes behind it, and nothing else', () => {
    const run = new KernelRun(reviewed).run('apart').run('design').run('side').answer('ok', 'reject')
    expect(['design', 'side', 'ok', 'build', 'apart'].map((id) => run.status(id))).toEqual([
      'ready', 'waiting', 'waiting', 'waiting', 'finished',
    ]) // prettier-ignore
    expect(run.state.counts).toEqual({ total: 5, success: 1, failed: 0, skipped: 0 })
    run.start('design')
    // Numbers of attempts never repeat; those since the rewind are counted anew.
    expect(run.state.states.get(run.index('design'))).toMatchObject({ attempt: 2, past: { count: 1, tries: 0 } })
    run.finish('design').run('side').answer('ok', 'approve').run('build')
    expect(run.state).toMatchObject({ phase: 'finished', outcome: 'success' })
  })

  test('does so at most max_rewinds times, then it is a rejection', () => {
    const run = new KernelRun(plan([step('a'), step('ok', ['a'], gateTo('a', 2)), step('b', ['ok'])]))
    for (let round = 0; round < 2; round++) run.run('a').answer('ok', 'reject')
    run.run('a').answer('ok', 'reject')
    expect([run.outcome('ok'), run.outcome('b')]).toEqual(['failure/gate_rejected', 'skip/upstream_failed'])
  })

  test('is not what an unanswered gate does', () => {
    const run = new KernelRun(reviewed).run('design').pass(60_000)
    expect(run.outcome('ok')).toBe('failure/gate_rejected')
  })

  test('stops what runs behind the target first, and ignores how that ends', () => {
    const run = new KernelRun(reviewed).run('design').start('side').answer('ok', 'reject')
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'side', attempt: 1, reason: 'cancelled' }])
    // The step is not started again while its old attempt holds a slot.
    run.run('design')
    expect([run.status('side'), run.ready()]).toEqual(['running', ['apart']])
    run.finish('side', failure)
    expect(run.ready()).toEqual(['side', 'apart'])
    expect(run.start('side').state.states.get(run.index('side'))).toMatchObject({ attempt: 2 })
  })

  test('opens a matrix anew, with as many instances as there are then', () => {
    const run = new KernelRun(
      plan([
        step('find'),
        step('fix', ['find'], { forEach: 'steps.find.outputs.files' }),
        step('ok', ['fix'], gateTo('find')),
      ]),
    )
    run
      .run('find', files('a', 'b', 'c'))
      .run('fix.1')
      .run('fix.2')
      .run('fix.3')
      .answer('ok', 'reject')
    expect(run.state.counts).toEqual({ total: 3, success: 0, failed: 0, skipped: 0 })
    run.run('find', files('x'))
    expect(run.ready()).toEqual(['fix.1'])
    expect(run.run('fix.1').ended('fix')).toMatchObject({ outputs: [{}], past: { openings: 2 } })
    run.answer('ok', 'reject').run('find', files('p', 'q', 'r', 's'))
    expect(run.ready()).toEqual(['fix.1', 'fix.2', 'fix.3', 'fix.4'])
    expect(run.ready().map((id) => run.state.states.get(run.index(id)))).toMatchObject(
      [3, 2, 2, 1].map((attempt) => ({ attempt })),
    )
    for (const id of run.ready()) run.run(id)
    expect(run.answer('ok', 'approve').state).toMatchObject({ outcome: 'success', counts: { total: 6, success: 6 } })
  })

  test('waits with a matrix until what runs in it has been stopped', () => {
    const matrix = [{ n: 1 }, { n: 2 }]
    const run = new KernelRun(
      plan([step('a'), step('many', ['a'], { matrix }), step('ok', ['a'], gateTo('a')), step('z', ['many'])]),
    )
    run.run('a').run('many.1').start('many.2').answer('ok', 'reject').run('a')
    expect([run.status('many'), run.ready()]).toEqual(['clearing', []])
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'many.2', attempt: 1, reason: 'cancelled' }])
    run.apply({ type: 'attempt_finished', at: run.now, step: stepId('many.2'), attempt: 1, result: cancelled }).settle()
    expect(run.ready()).toEqual(['many.1', 'many.2'])
    run.run('many.1').run('many.2').answer('ok', 'approve').run('z')
    expect(run.state).toMatchObject({ outcome: 'success', counts: { total: 5, success: 5 } })
  })

  test('a cancel while it waits ends what it took back', () => {
    const run = new KernelRun(reviewed).run('apart').run('design').start('side').answer('ok', 'reject').cancel()
    expect([run.outcome('design'), run.status('side')]).toEqual(['skip/cancelled', 'running'])
    run.finish('side', cancelled)
    expect([run.outcome('side'), run.state.phase, run.state.outcome]).toEqual([
      'skip/cancelled',
      'finished',
      'cancellation',
    ])
  })

  test('by an instance of a gate goes back to before its matrix', () => {
    const run = new KernelRun(plan([step('a'), step('ok', ['a'], { ...gateTo('a', 1), matrix: [{ n: 1 }, { n: 2 }] })]))
    run.run('a').answer('ok.1', 'approve').answer('ok.2', 'reject')
    expect([run.status('ok'), run.ready()]).toEqual(['waiting', ['a']])
    run.run('a').answer('ok.1', 'reject')
    expect(run.outcome('ok.1')).toBe('failure/gate_rejected')
  })
})

describe('a retry', () => {
  const chain = plan([step('a'), step('b', ['a']), step('c', ['b']), step('d')], { finally: [step('end')] })
  const failed = (): KernelRun => new KernelRun(chain).run('a').run('d').run('b', failure).run('end')

  test('of a finished run runs what failed and what comes behind it, and finally once more', () => {
    const run = failed()
    expect(run.state).toMatchObject({ phase: 'finished', outcome: 'failure' })
    run.retry(null)
    expect([run.state.phase, run.state.outcome, run.state.finishedAt, run.ready()]).toEqual([
      'steps',
      null,
      null,
      ['b'],
    ])
    expect(run.status('end')).toBe('waiting')
    run.run('b').run('c')
    expect(run.ready()).toEqual(['end'])
    expect(run.run('end').state).toMatchObject({
      phase: 'finished',
      outcome: 'success',
      cause: null,
      firstFailure: null,
    })
    expect(run.state.counts).toEqual({ total: 5, success: 5, failed: 0, skipped: 0 })
  })

  test('from a step runs it and what comes behind it, whatever they came to', () => {
    const run = new KernelRun(chain).run('a').run('b').run('c').run('d').run('end').retry('b')
    expect([run.ready(), run.status('a'), run.status('c')]).toEqual([['b'], 'finished', 'waiting'])
    run.run('b').run('c').run('end')
    expect(run.state).toMatchObject({ outcome: 'success', retries: 1 })
  })

  test('of one step only leaves what comes behind it as it is', () => {
    const run = new KernelRun(chain).run('a').run('b').run('c').run('d').run('end').retry('a', true)
    expect([run.ready(), run.status('b')]).toEqual([['a'], 'finished'])
    run.run('a')
    expect(run.ready()).toEqual(['end'])
    expect(run.run('end').state.outcome).toBe('success')
  })

  test('of a finally step runs only that', () => {
    const run = new KernelRun(chain).run('a').run('b').run('c').run('d').run('end', failure)
    expect(run.state.outcome).toBe('failure')
    run.retry('end')
    expect([run.state.phase, run.ready()]).toEqual(['finally', ['end']])
    expect(run.run('end').state.outcome).toBe('success')
  })

  test('of a cancelled run goes on where it stood, with all its time', () => {
    const constraints = { maxDurationMs: 60_000, maxParallel: null, budget: null, requireTests: null, requirePr: null }
    const run = new KernelRun(plan([step('a'), step('b', ['a']), step('c', ['b'])], { constraints }))
    run.run('a').start('b').pass(59_000).cancel().finish('b', cancelled)
    expect(run.state.outcome).toBe('cancellation')
    run.pass(1e6).retry(null)
    expect([run.state.cancels, run.ready()]).toEqual([0, ['b']])
    run.start('b').pass(59_999)
    expect(decide(run.state, run.now).stops).toEqual([])
    expect(decide(run.pass(1).state, run.now).stops).toHaveLength(1)
  })

  test('in a matrix runs the instances that failed and what comes behind the matrix', () => {
    const run = new KernelRun(plan([step('m', [], { matrix: [{ n: 1 }, { n: 2 }] }), step('z', ['m'])]))
    run.run('m.1').run('m.2', failure).retry(null)
    expect([run.status('m'), run.status('m.1'), run.ready()]).toEqual(['open', 'finished', ['m.2']])
    run.run('m.2').run('z')
    expect(run.state).toMatchObject({ outcome: 'success', counts: { total: 3, success: 3 } })
  })

  test('within a sub-plan runs that step, what comes behind it there, and what comes behind the sub-plan', () => {
    const subPlans = { 'p.yaml': plan([step('x'), step('y', ['x'])]) }
    const run = new KernelRun(
      plan([step('s', [], { body: { kind: 'plan', path: 'p.yaml' } }), step('z', ['s'])], { subPlans }),
    )
    run.run('s/x').run('s/y').run('z').retry('s/y')
    expect([run.status('s'), run.status('s/x'), run.ready(), run.status('z')]).toEqual([
      'open',
      'finished',
      ['s/y'],
      'waiting',
    ])
    run.run('s/y').run('z')
    expect(run.state).toMatchObject({ outcome: 'success', counts: { total: 3, success: 3 } })
  })

  test('of a run that goes on takes it back to the step', () => {
    const run = new KernelRun(chain).run('a').run('b').start('c').retry('b')
    expect(decide(run.state, run.now).stops).toEqual([{ step: 'c', attempt: 1, reason: 'cancelled' }])
    expect([run.ready(), run.state.retries]).toEqual([['b', 'd'], 0])
  })

  test('of one step only, while others still wait for it, has them wait for it again', () => {
    const run = new KernelRun(plan([step('a'), step('b'), step('c', ['a', 'b'])])).run('a').retry('a', true).run('b')
    expect([run.status('c'), run.ready()]).toEqual(['waiting', ['a']])
    expect(run.run('a').ready()).toEqual(['c'])
  })

  test('of one step only, while what comes behind it was about to start, has that wait; what has begun goes on', () => {
    const run = new KernelRun(plan([step('a'), step('b', ['a']), step('c', ['a'])]))
      .run('a')
      .start('b')
      .retry('a', true)
    expect([run.status('b'), run.status('c'), run.ready()]).toEqual(['running', 'waiting', ['a']])
    expect(run.finish('b').run('a').run('c').state).toMatchObject({ outcome: 'success', counts: { success: 3 } })
  })

  test('of what failed before a sub-plan does away with what failed in it, and with what still runs there', () => {
    const subPlans = { 'p.yaml': plan([step('x'), step('y', ['x'], { triggerRule: 'all_done' })]) }
    const inner = step('s', ['a'], { body: { kind: 'plan', path: 'p.yaml' }, triggerRule: 'all_done' })
    const run = new KernelRun(plan([step('a'), inner], { subPlans })).run('a', failure)
    run.run('s/x', failure).start('s/y').retry(null)
    expect([run.status('s'), run.status('s/x'), run.ready()]).toEqual(['clearing', 'unknown', ['a']])
    run.apply({ type: 'attempt_finished', at: run.now, step: stepId('s/y'), attempt: 1, result: cancelled }).run('a')
    expect(run.ready()).toEqual(['s/x'])
  })

  test('of a run in which nothing failed changes nothing', () => {
    const run = new KernelRun(plan([step('a')])).run('a')
    const before = run.state
    expect({ ...run.retry(null).state, changed: [] }).toEqual({ ...before, changed: [] })
  })
})
