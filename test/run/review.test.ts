import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { noFunds } from '../../src/run/funds.ts'
import { explain } from '../../src/run/explain.ts'
import { factsOf } from '../../src/run/facts.ts'
import { AgentSlots } from '../../src/run/agent-slots.ts'
import { reduce } from '../../src/run/reduce.ts'
import { allowingLines, type Finding, type ReviewResult } from '../../src/run/review.ts'
import { emptyRoster } from '../../src/run/roster.ts'
import { waitsFor } from '../../src/run/waiting.ts'
import { responseOf } from '../../src/report/response.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { KernelRun, someRun, success } from '../support/runs.ts'

const risky: Finding = { rule: 'protected_file', action: 'human', file: 'package.json', line: null, message: 'changed' }
const secret: Finding = {
  rule: 'github_token',
  action: 'block',
  file: 'src/a.ts',
  line: 3,
  message: 'a secret',
  sha256: '0a1b2c3d',
}

const withReview = (verdict: ReviewResult['verdict'], tree = 'tree-1'): AttemptResult => ({
  ...success,
  outputs: { a: 1 },
  review: { verdict, policy: 'p', tree, findings: { approve: [], require_human: [risky], block: [secret] }[verdict] },
})

const two = plan([step('a'), step('b', ['a'])])

/** A person's answer for one tree. */
const answered = (run: KernelRun, decision: 'approve' | 'reject', tree?: string): KernelRun =>
  run
    .apply({
      type: 'gate_decided',
      at: run.now,
      step: stepId('a'),
      decision,
      by: 'ada',
      comment: null,
      ...(tree === undefined ? {} : { tree }),
    })
    .settle()

test('an approved change is a success as ever', () => {
  const run = new KernelRun(two).run('a', withReview('approve')).run('b')
  expect([run.outcome('a'), run.state.outcome]).toEqual(['success', 'success'])
})

test('a change that needs a person waits, and becomes what it was when a person approves it', () => {
  const run = new KernelRun(two).run('a', withReview('require_human'))
  expect([run.status('a'), run.status('b'), waitsFor(run.state)]).toEqual(['gated', 'waiting', 'people'])
  answered(run, 'approve', 'tree-1')
  expect(run.state.states.get(0)).toMatchObject({ outcome: 'success', outputs: { a: 1 }, decidedBy: 'ada' })
  expect(run.ready()).toEqual(['b'])
})

test('a rejected change is a failure, and what depends on it is skipped', () => {
  const run = answered(new KernelRun(two).run('a', withReview('require_human')), 'reject', 'tree-1')
  expect([run.outcome('a'), run.outcome('b')]).toEqual(['failure/gate_rejected', 'skip/upstream_failed'])
})

test('an answer for another tree decides nothing', () => {
  const run = answered(new KernelRun(two).run('a', withReview('require_human')), 'approve', 'tree-0')
  expect(run.status('a')).toBe('gated')
})

test('nobody answers for seven days: it is rejected', () => {
  const run = new KernelRun(two).run('a', withReview('require_human')).pass(7 * 24 * 3600_000 - 1)
  expect(run.status('a')).toBe('gated')
  expect(run.pass(1).state.states.get(0)).toMatchObject({ cause: 'gate_rejected', decidedBy: null })
})

test('a blocked change is a failure that is not tried again, and says what would allow it', () => {
  const patient = plan([step('a', [], { retry: { ...defaultRetry, maxAttempts: 3 } }), step('b', ['a'])])
  const run = new KernelRun(patient).run('a', withReview('block'))
  expect([run.outcome('a'), run.outcome('b')]).toEqual(['failure/gate_blocked', 'skip/upstream_failed'])
  const [a] = responseOf(run.state, run.now, null).steps
  expect(a?.message).toBe('the change is blocked: github_token in src/a.ts:3')
  expect(a?.review).toMatchObject({ verdict: 'block', tree: 'tree-1', decided_by: null })
  expect(a?.review?.allow).toEqual([
    'review:',
    '  allow:',
    '    - { rule: github_token, file: "src/a.ts", sha256: "0a1b2c3d" }',
  ])
})

test('a failed attempt fails as it did, whatever its change is', () => {
  const failed = { ...withReview('require_human'), outcome: 'failure' as const, cause: 'exit_nonzero' as const }
  expect(new KernelRun(two).run('a', failed).outcome('a')).toBe('failure/exit_nonzero')
})

test('a run that is cancelled asks nobody any more', () => {
  const run = new KernelRun(two).start('a')
  run.apply({ type: 'cancel_requested', at: run.now, by: 'ada', reason: null })
  run.finish('a', withReview('require_human'))
  expect(run.outcome('a')).toBe('cancellation/cancelled')
})

test('an approval holds for one attempt: a retry is a new gate', () => {
  const run = answered(new KernelRun(two).run('a', withReview('require_human')), 'approve', 'tree-1')
  run.apply({ type: 'retry_requested', at: run.now, from: stepId('a'), only: false, by: 'ada' }).settle()
  run.run('a', withReview('require_human', 'tree-2'))
  expect([run.status('a'), run.status('b')]).toEqual(['gated', 'waiting'])
  expect(answered(run, 'approve', 'tree-1').status('a')).toBe('gated')
  expect(answered(run, 'approve', 'tree-2').outcome('a')).toBe('success')
})

test('streams, explain and the response tell that a person must look', () => {
  const run = new KernelRun(two).start('a')
  const before = run.state
  const result = withReview('require_human')
  const event = { type: 'attempt_finished', at: run.now, step: stepId('a'), attempt: 1, result } as const
  const entry = { seq: 9, runId: someRun, event }
  const after = reduce(before, entry)
  expect(factsOf(before, entry, after)[1]).toMatchObject({
    type: 'review_needed',
    id: '9.1',
    step: 'a',
    attempt: 1,
    tree: 'tree-1',
    findings: [risky],
    prompt: 'Approve the change? protected_file in package.json',
  })
  const slots = { limit: 1, running: 0, roster: emptyRoster, agents: new AgentSlots(emptyRoster, []), funds: noFunds }
  expect(explain(after, stepId('a'), slots, run.now)).toContain(`orchd review ${someRun} a`)
  const response = responseOf(after, run.now, null)
  expect([response.status, response.waiting_for]).toEqual(['waiting', 'people'])
  expect(response.steps[0]).toMatchObject({ status: 'gated', gate: { tree: 'tree-1' }, review: { findings: [risky] } })
})

test('names in the lines that allow a finding are quoted, and each line is there once', () => {
  const odd = { ...secret, file: 'a "b"\n.ts' }
  const lines = allowingLines({ verdict: 'block', policy: 'p', tree: 't', findings: [odd, odd] })
  expect(lines.slice(2)).toEqual(['    - { rule: github_token, file: "a \\"b\\"\\n.ts", sha256: "0a1b2c3d" }'])
})
