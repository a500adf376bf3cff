import { expect, test } from 'vitest'
import { exitCodeOf } from '../../src/surfaces/cli/exit-code.ts'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { summaryLines } from '../../src/surfaces/cli/view/summary.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'
import { snapshot } from './watched.ts'

const summary = (run: KernelRun, tails = new Map<string, string[]>()): string[] =>
  summaryLines(snapshot(run), tails, uncolored)

test('a completed run is its outcome, its numbers and its outputs', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])], { outputs: { greeting: 'hello' } }))
  run
    .start('a')
    .pass(1200)
    .finish('a')
    .run('b', { ...success, outputs: { n: 1 } })
  expect(summary(run)).toEqual([
    'test completed in 1.2s: 2 succeeded  run r00000000000000',
    '  greeting = hello',
    '  trace: orchd trace r00000000000000',
  ])
  expect(exitCodeOf(snapshot(run))).toBe(0)
})

test('a failed run shows the end of the log of what failed, and the command that shows more', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])])).run('a', failure)
  expect(summary(run, new Map([['a', ['line 1', 'line 2']]]))).toEqual([
    'test failed (exit_nonzero) in 0ms: 1 failed, 1 skipped  run r00000000000000',
    '',
    '  ✗ a  failure (exit_nonzero): exit 1',
    '    │ line 1',
    '    │ line 2',
    '    orchd logs r00000000000000 a',
    '',
    '  trace: orchd trace r00000000000000',
  ])
  expect(exitCodeOf(snapshot(run))).toBe(1)
})

test('of many failures the first five are shown, and the rest counted', () => {
  const run = new KernelRun(plan(Array.from({ length: 8 }, (_, i) => step(`s${i}`))))
  for (let i = 0; i < 8; i++) run.run(`s${i}`, failure)
  const text = summary(run).join('\n')
  expect(text.match(/✗/gu)).toHaveLength(5)
  expect(text).toContain('and 3 more failed: orchd status r00000000000000')
})

test('a step that ran without the sandbox that it prefers is told of, though the run succeeded', () => {
  const missing = { ...success, sandbox: 'missing', message: 'ran without a sandbox: bwrap is not found' } as const
  const run = new KernelRun(plan([step('a'), step('b'), step('c')])).run('a', missing).run('b', missing)
  expect(summary(run.run('c', { ...success, sandbox: 'enforced' })).slice(1, 2)).toEqual([
    '  ! a and 1 more ran without a sandbox: bwrap is not found',
  ])
})

test('a run that waits says for what, and how to answer', () => {
  const run = new KernelRun(plan([step('ok', [], { body: gate(60_000) })])).pass(1000)
  expect(summary(run)).toEqual([
    'test waits for people, 1.0s after it was submitted: 1 not finished  run r00000000000000',
    '  ? ok waits for a person: go on? (rejected by itself at 1970-01-01T00:17:40.000Z)',
    '    orchd approve r00000000000000 ok',
    '    orchd reject r00000000000000 ok -m "why"',
    '  trace: orchd trace r00000000000000',
  ])
  expect(exitCodeOf(snapshot(run))).toBe(6)
})

test.each([
  ['a rejected gate', () => new KernelRun(plan([step('ok', [], { body: gate() })])).answer('ok', 'reject'), 3],
  ['a gate that nobody answered', () => new KernelRun(plan([step('ok', [], { body: gate(1000) })])).pass(1000), 3],
  ['a cancelled run', () => new KernelRun(plan([step('a')])).cancel(), 130],
  [
    "a step's own timeout",
    () => new KernelRun(plan([step('a')])).run('a', { ...failure, outcome: 'timeout', cause: 'timeout' }),
    1,
  ],
  [
    'an error of orchd in a step',
    () => new KernelRun(plan([step('a')])).run('a', { ...failure, outcome: 'error', cause: 'spawn_failed' }),
    1,
  ],
  ['a run that goes on', () => new KernelRun(plan([step('a')])).start('a'), 6],
])('%s has its exit code', (_what, run, code) => {
  expect(exitCodeOf(snapshot(run()))).toBe(code)
})

test('max_duration is exit code 5, a budget 4', () => {
  expect(exitCodeOf({ status: 'failed', outcome: 'timeout', cause: 'timeout' })).toBe(5)
  expect(exitCodeOf({ status: 'failed', outcome: 'failure', cause: 'budget' })).toBe(4)
  expect(exitCodeOf({ status: 'failed', outcome: 'failure', cause: 'gate_blocked' })).toBe(3)
})

test('a blocked change says how to see it, and has the lines that would allow it ready to be copied', () => {
  const finding = { rule: 'jwt', action: 'block', file: 'a.ts', line: 3, message: 'm', sha256: '01234567' } as const
  const review = { verdict: 'block', policy: 'p', tree: 't', findings: [finding] } as const
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review })
  expect(summary(run).slice(2, -3)).toEqual([
    '  ✗ a  failure (gate_blocked): the change is blocked: jwt in a.ts:3',
    '    orchd review r00000000000000 a shows the change; it is kept',
    '    if it is none, this in orchestrator_config.yaml allows it:',
    '      review:',
    '        allow:',
    '          - { rule: jwt, file: "a.ts", sha256: "01234567" }',
  ])
  expect(exitCodeOf(snapshot(run))).toBe(3)
})

test('a change that waits for a person says how to look at it; tests that are gone are told of', () => {
  const findings = [
    { rule: 'symlink', action: 'human', file: 'l', line: null, message: 'm' },
    { rule: 'tests_removed', action: 'note', file: 'a.test.ts', line: null, message: "a test is gone: 'one'" },
  ] as const
  const review = { verdict: 'require_human', policy: 'p', tree: 't', findings } as const
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review })
  expect(summary(run)).toEqual(
    expect.arrayContaining([
      "  ! a: a test is gone: 'one' (a.test.ts)",
      expect.stringContaining('  ? a waits for a person: Approve the change? symlink in l (rejected by itself at '),
      '    orchd review r00000000000000 a',
      '    orchd approve r00000000000000 a',
    ]),
  )
})
