import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { responseOf, summaryOf } from '../../src/report/response.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'
import { prompt, responseNow, work } from './worked.ts'

const outputs = (values: AttemptResult['outputs']): AttemptResult => ({ ...success, outputs: values })

describe('the status of a run', () => {
  test('is queued until something started, then running, then completed', () => {
    const run = new KernelRun(plan([step('a')]))
    expect(responseNow(run)).toMatchObject({ status: 'queued', outcome: null, started_at: null, finished_at: null })
    run.start('a')
    expect(responseNow(run)).toMatchObject({ status: 'running', outcome: null, finished_at: null, error: null })
    run.finish('a')
    expect(responseNow(run)).toMatchObject({ status: 'completed', outcome: 'success', cause: null, error: null })
  })

  test('is waiting only while people alone can move it', () => {
    const run = new KernelRun(plan([step('go', [], { body: gate() }), step('a')]))
    run.start('a')
    expect(responseNow(run)).toMatchObject({ status: 'running', waiting_for: null })
    run.finish('a')
    expect(responseNow(run)).toMatchObject({ status: 'waiting', waiting_for: 'people' })
    expect(responseNow(run).steps[0]!.gate).toMatchObject({ prompt: 'go on?' })
    run.answer('go', 'approve')
    expect(responseNow(run)).toMatchObject({ status: 'completed', waiting_for: null })
  })

  test('is failed for a failure, a rejection and a deadline, and cancelled only when somebody asked', () => {
    const failed = new KernelRun(plan([step('a')])).run('a', failure)
    expect(responseNow(failed)).toMatchObject({
      status: 'failed',
      cause: 'exit_nonzero',
      error: { step: 'a', cause: 'exit_nonzero', message: 'step "a": exit 1' },
    })
    const rejected = new KernelRun(plan([step('go', [], { body: gate() })])).answer('go', 'reject')
    expect(responseNow(rejected)).toMatchObject({ status: 'failed', cause: 'gate_rejected' })
    const cancelled = new KernelRun(plan([step('a')])).cancel()
    expect(responseNow(cancelled)).toMatchObject({
      status: 'cancelled',
      outcome: 'cancellation',
      error: { step: null, cause: 'cancelled', message: 'cancelled by ada' },
    })
    const { constraints } = plan([])
    const late = new KernelRun(plan([step('a')], { constraints: { ...constraints, maxDurationMs: 60_000 } }))
    late
      .start('a')
      .pass(60_000)
      .finish('a', { ...failure, outcome: 'timeout', cause: 'timeout' })
    expect(responseNow(late)).toMatchObject({
      status: 'failed',
      outcome: 'timeout',
      error: { step: null, cause: 'timeout', message: 'max_duration (1m00s) was reached' },
    })
  })

  test('tells no outcome before the end, also while finally runs after a failure', () => {
    const run = new KernelRun(plan([step('a')], { finally: [step('tidy')] })).run('a', failure)
    expect(responseNow(run)).toMatchObject({ status: 'running', outcome: null, cause: null, error: null })
    run.run('tidy')
    expect(responseNow(run)).toMatchObject({ status: 'failed', outcome: 'failure', error: { step: 'a' } })
  })
})

describe('the summary of the execution', () => {
  test('counts steps that succeeded and failed, forgiven ones too, but not skipped ones', () => {
    const run = new KernelRun(
      plan([step('a'), step('b', [], { continueOnError: true }), step('c', ['a'], { when: 'false' })]),
    )
    run.run('a').run('b', failure)
    expect(responseNow(run)).toMatchObject({
      status: 'completed',
      execution_summary: { tasks_completed: 1, tasks_failed: 1 },
    })
    expect(responseNow(run).steps[2]).toMatchObject({ outcome: 'skip', skip_cause: 'condition', attempts: 0 })
  })

  test('names the agent with the most attempts first, and shell only when nobody else worked', () => {
    const steps = [step('a'), step('b'), step('c', [], prompt('claude_code')), step('d', [], prompt('openai_codex'))]
    const run = new KernelRun(plan([...steps, step('e', [], prompt('openai_codex'))]))
    for (const [id, agent] of [
      ['a', 'shell'],
      ['b', 'shell'],
      ['c', 'claude_code'],
      ['d', 'openai_codex'],
    ] as const)
      work(run, id, agent)
    expect(responseNow(run).execution_summary).toMatchObject({
      primary_agent: 'claude_code',
      support_agents: ['openai_codex', 'shell'],
    })
    work(run, 'e', 'openai_codex')
    expect(responseNow(run).execution_summary).toMatchObject({
      primary_agent: 'openai_codex',
      support_agents: ['claude_code', 'shell'],
    })
    const shell = new KernelRun(plan([step('a')])).run('a')
    expect(responseNow(shell).execution_summary).toMatchObject({ primary_agent: 'shell', support_agents: [] })
  })

  test('takes its time from the submission to the end, or to now', () => {
    const run = new KernelRun(plan([step('a')]))
    run.pass(500).start('a').pass(1500)
    expect(responseNow(run).execution_summary.duration_ms).toBe(2000)
    run.finish('a').pass(60_000)
    expect(responseNow(run).execution_summary.duration_ms).toBe(2000)
  })
})

describe('the results by agent', () => {
  test('unite the outputs of its steps, and keep names apart that two steps share', () => {
    const run = new KernelRun(plan([step('a'), step('b'), step('c')]))
    run.run('a', outputs({ files: ['x'], risk: 'low' })).run('b', outputs({ risk: 'high' }))
    run.run('c', outputs(['just', 'a', 'list']))
    expect(responseNow(run).results).toEqual({
      shell: {
        status: 'success',
        outputs: { files: ['x'], 'a.risk': 'low', 'b.risk': 'high', c: ['just', 'a', 'list'] },
      },
    })
  })

  test('lose nothing when a name looks like the one that keeps others apart', () => {
    const run = new KernelRun(plan([step('a'), step('b')]))
    run.run('a', outputs({ x: 1, 'b.x': 2 })).run('b', outputs({ x: 3 }))
    expect(responseNow(run).results['shell']!.outputs).toEqual({ a: { x: 1, 'b.x': 2 }, b: { x: 3 } })
  })

  test('are running while a step of the agent is, then its worst outcome', () => {
    const run = new KernelRun(plan([step('a'), step('b'), step('c')]))
    run.run('a').start('b')
    expect(responseNow(run).results['shell']!.status).toBe('running')
    run.finish('b', failure).run('c', { ...failure, outcome: 'error', cause: 'spawn_failed' })
    expect(responseNow(run).results['shell']!.status).toBe('error')
  })

  test('leave out steps that nobody worked on', () => {
    const run = new KernelRun(plan([step('go', [], { body: gate() })])).answer('go', 'approve')
    expect(responseNow(run)).toMatchObject({ results: {}, execution_summary: { primary_agent: null } })
  })
})

describe('the outputs of the run', () => {
  test('are evaluated at the end, and null where a step did not give them', () => {
    const run = new KernelRun(
      plan([step('a'), step('b', ['a'], { when: 'false' })], {
        outputs: {
          file: '${{ steps.a.outputs.file }}',
          other: '${{ steps.b.outputs.file }}',
          name: 'of ${{ plan.name }}',
        },
      }),
    )
    expect(responseNow(run).outputs).toEqual({})
    run.run('a', outputs({ file: 'x.txt' }))
    expect(responseNow(run).outputs).toEqual({ file: 'x.txt', other: null, name: 'of test' })
  })
})

describe('a step', () => {
  test('tells its attempts, times, exit code and cause', () => {
    const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 1000 }
    const run = new KernelRun(plan([step('a', [], { retry, name: 'first' })], { finally: [step('tidy', [])] }))
    const [submitted] = [run.now]
    run.start('a').pass(10).finish('a', failure)
    expect(responseNow(run).steps[0]).toMatchObject({ status: 'retrying', attempts: 1, cause: 'exit_nonzero' })
    run.pass(2000).start('a').pass(10)
    expect(responseNow(run).steps[0]).toMatchObject({ status: 'running', attempts: 2, agent: 'shell', outcome: null })
    run.finish('a')
    expect(responseNow(run).steps).toMatchObject([
      {
        id: 'a',
        name: 'first',
        kind: 'run',
        finally: false,
        status: 'finished',
        outcome: 'success',
        cause: null,
        message: null,
        attempts: 2,
        exit_code: 0,
        started_at: new Date(submitted).toISOString(),
        finished_at: new Date(run.now).toISOString(),
      },
      { id: 'tidy', finally: true, status: 'queued', attempts: 0, started_at: null },
    ])
  })

  test('that lost its processes is held for a person', () => {
    const run = new KernelRun(plan([step('a')])).start('a')
    run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 1 })
    expect(responseNow(run)).toMatchObject({ status: 'waiting', waiting_for: 'people', steps: [{ status: 'held' }] })
  })
})

test('a stream goes on behind every fact of the last event', () => {
  const run = new KernelRun(plan([step('a')]))
  expect(responseOf(run.state, run.now, 7).last_event_id).toMatch(/^7\.\d+$/)
  expect(responseOf(run.state, run.now, null).last_event_id).toBeNull()
})

describe('a line of a listing', () => {
  const row = { runId: new KernelRun(plan([step('a')])).state.id, plan: 'test', submittedAt: 1_000_000, key: null }

  test('counts steps while the run is alive', () => {
    const run = new KernelRun(plan([step('a'), step('b'), step('c')])).run('a').start('b')
    expect(summaryOf({ ...row, finishedAt: null, outcome: null }, run.state)).toEqual({
      run_id: row.runId,
      plan: 'test',
      status: 'running',
      waiting_for: null,
      outcome: null,
      submitted_at: '1970-01-01T00:16:40.000Z',
      finished_at: null,
      steps: { total: 3, finished: 1, running: 1 },
    })
  })

  test.each([
    ['success', 'completed'],
    ['cancellation', 'cancelled'],
    ['failure', 'failed'],
    ['timeout', 'failed'],
    ['error', 'failed'],
  ] as const)('says of a run that ended with %s that it is %s', (outcome, status) => {
    expect(summaryOf({ ...row, finishedAt: 2_000_000, outcome }, null)).toMatchObject({
      status,
      outcome,
      finished_at: '1970-01-01T00:33:20.000Z',
      steps: null,
    })
  })
})
