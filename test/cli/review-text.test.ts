import { expect, test } from 'vitest'
import type { StepDiff } from '../../src/ports/client.ts'
import type { FileDiff } from '../../src/ports/reviewer.ts'
import { responseOf } from '../../src/report/response.ts'
import type { ReviewResult } from '../../src/run/review.ts'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { reviewLines } from '../../src/surfaces/cli/view/review-text.ts'
import { plan, step } from '../support/plans.ts'
import { KernelRun, success } from '../support/runs.ts'

const file = (path: string, patch: string, rest: Partial<FileDiff> = {}): FileDiff => ({
  path,
  old_path: path,
  status: 'modified',
  patch,
  ...rest,
})

function shown(review: Omit<ReviewResult, 'policy' | 'tree'>, files: readonly FileDiff[], cut = false): string[] {
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review: { ...review, policy: 'p', tree: 't1' } })
  const [a] = responseOf(run.state, run.now, null).steps
  const diff: StepDiff = { step: 'a', attempt: 1, base: 'b', commit: 'c', tree: 't1', files, cut }
  return reviewLines(a!, diff, uncolored)
}

test('findings stand below their lines, and those without a line below the file', () => {
  const findings = [
    { rule: 'protected_file', action: 'human', file: 'x.sql', line: null, message: 'it is changed' },
    { rule: 'tests_skipped', action: 'note', file: 'x.sql', line: 11, message: 'skipped' },
  ] as const
  const patch = 'index 1..2 100644\n--- a/x.sql\n+++ b/x.sql\n@@ -9,3 +9,4 @@ fn\n nine\n-ten\n+TEN\n+eleven\n twelve\n'
  expect(shown({ verdict: 'require_human', findings, approvers: ['ada'] }, [file('x.sql', patch)])).toEqual([
    'a: 1 file, attempt 1; a person must approve it (ada)',
    '  commit c, tree t1',
    '  ! x.sql  it is changed  protected_file',
    '  · x.sql:11  skipped  tests_skipped',
    '',
    'x.sql  (modified)',
    '    ^ it is changed (protected_file)',
    '  @@ -9,3 +9,4 @@ fn',
    '   nine',
    '  -ten',
    '  +TEN',
    '  +eleven',
    '    ^ skipped (tests_skipped)',
    '   twelve',
  ])
})

test('a blocked change ends with the lines that would allow it, ready to be copied', () => {
  const findings = [{ rule: 'jwt', action: 'block', file: 'a', line: 1, message: 'm', sha256: '01234567' }] as const
  const lines = shown({ verdict: 'block', findings, more: 3 }, [])
  expect(lines).toContain('  and 3 more')
  expect(lines.slice(-3)).toEqual(['  review:', '    allow:', '      - { rule: jwt, file: "a", sha256: "01234567" }'])
})

test('nothing that a file holds or is called can move the cursor', () => {
  const renamed = file('b\u001b[2Jc', '@@ -1 +1 @@\n+x\u001b]0;title\u0007y\n', { old_path: 'a', status: 'renamed' })
  const lines = shown({ verdict: 'approve', findings: [] }, [renamed], true)
  expect(lines.join('\n')).not.toContain('\u001b')
  expect(lines).toContain('a -> bc  (renamed)')
  expect(lines).toContain('the rest is left out here; all of it, secrets too: git diff --text b c')
})

test('a CR in a line of a file begins no line, as if it were one of its own', () => {
  const patch = '@@ -1 +1 @@\n-a\r\n+b\r  -the lock\r\n'
  const lines = shown({ verdict: 'approve', findings: [] }, [file('a', patch)]).flatMap((line) => line.split('\n'))
  expect(lines.slice(-2)).toEqual(['  -a␍', '  +b␍  -the lock␍'])
})

test('no line of a file is taken for a heading, and so none is left out', () => {
  const patch = '@@ -1,3 +1,3 @@\n--- drop the table\n-index x\n-@@ -9 +9 @@\n+++ keep the table\n+index y\n+ z\n'
  const lines = shown({ verdict: 'approve', findings: [] }, [file('a.sql', patch)])
  expect(lines.slice(-6)).toEqual([
    '  --- drop the table',
    '  -index x',
    '  -@@ -9 +9 @@',
    '  +++ keep the table',
    '  +index y',
    '  + z',
  ])
})
