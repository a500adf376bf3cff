import { expect, test } from 'vitest'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { plainLine } from '../../src/surfaces/cli/view/plain.ts'
import { applyFact } from '../../src/surfaces/cli/view/apply-fact.ts'
import { viewOf } from '../../src/surfaces/cli/view/view-of.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'
import { entriesOf, factsIn, snapshot } from './watched.ts'

function linesOf(run: KernelRun): string[] {
  const view = viewOf(snapshot(run), { fromStart: true })
  return factsIn(entriesOf(run)).flatMap((fact) => {
    applyFact(view, fact)
    return plainLine(view, fact, uncolored) ?? []
  })
}

test('each fact that matters is one line with the time since the submission and the step', () => {
  const retry = { ...step('x').retry, maxAttempts: 2, delayMs: 1000 }
  const run = new KernelRun(
    plan([step('build', [], { retry }), step('ok', ['build'], { body: gate() }), step('deploy', ['ok'])], {
      finally: [step('tidy')],
    }),
  )
  run.start('build').pass(500).finish('build', failure).pass(1000).start('build').pass(700).finish('build')
  run.pass(60_000).answer('ok', 'reject').pass(10).run('tidy')
  expect(linesOf(run)).toEqual([
    '[   0ms] test is run r00000000000000, 4 steps',
    '[   0ms] build: started on shell',
    expect.stringMatching(/^\[ 500ms\] build: attempt 1 ended with exit_nonzero; attempt 2 starts in \d+(ms|\.\ds)$/),
    '[  1.5s] build: attempt 2 started on shell',
    '[  2.2s] build: success in 2.2s (attempt 2)',
    '[  2.2s] ok: waits for approval: go on? (orchd approve r00000000000000 ok)',
    '[ 1m02s] ok: rejected by ada',
    '[ 1m02s] ok: failure (gate_rejected) in 1m00s',
    '[ 1m02s] deploy: skipped (upstream_failed)',
    '[ 1m02s] the steps are over; finally begins',
    '[ 1m02s] tidy: started on shell',
    '[ 1m02s] tidy: success in 0ms',
  ])
})

test('a cancelled run says by whom', () => {
  const run = new KernelRun(plan([step('a')])).start('a').cancel()
  expect(linesOf(run).at(-1)).toBe('[   0ms] cancelled by ada')
})

test('a message of several lines stays one line', () => {
  const run = new KernelRun(plan([step('a')])).run('a', { ...failure, message: 'one\ntwo\u001b[2K' })
  expect(linesOf(run).at(-1)).toBe('[   0ms] a: failure (exit_nonzero): one two in 0ms')
})
