import { expect, test } from 'vitest'
import { nextPrompt, type Prompt, promptFor, promptLines, typed } from '../../src/surfaces/cli/follow/gate-prompt.ts'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { gate, plan, step } from '../support/plans.ts'
import { KernelRun, success } from '../support/runs.ts'
import { summaryLines } from '../../src/surfaces/cli/view/summary.ts'
import { followed, snapshot } from './watched.ts'

const open = (): KernelRun => new KernelRun(plan([step('a', [], { body: gate() }), step('b', [], { body: gate() })]))

function ask(run: KernelRun): Prompt {
  const prompt = promptFor(followed(run), null)
  if (prompt === null) throw new Error('nothing asks')
  return prompt
}

test('a letter alone answers nothing; Enter sends, with the comment', () => {
  const { prompt, answer } = typed(ask(open()), 'a')
  expect(answer).toBeNull()
  expect(typed(prompt, 'looks good\r').answer).toEqual({
    step: 'a',
    choice: 'approve',
    comment: 'looks good',
    tree: null,
  })
  expect(typed(prompt, '\r').answer).toEqual({ step: 'a', choice: 'approve', comment: null, tree: null })
})

test('Enter without a choice, and letters that mean nothing, answer nothing', () => {
  expect(typed(ask(open()), '\r\nxyz\r')).toEqual({ prompt: ask(open()), answer: null })
})

test('Escape takes the choice back, backspace a letter, Ctrl-U the comment', () => {
  const chosen = typed(ask(open()), 'r').prompt
  expect(typed(chosen, 'no\u001b').prompt).toEqual(ask(open()))
  expect(typed(chosen, 'nö\u007fo\u0007\r').answer).toMatchObject({ choice: 'reject', comment: 'no' })
  expect(typed(chosen, 'wrong\u0015right\r').answer).toMatchObject({ comment: 'right' })
})

test('the question that is being answered stays while others open, and goes when it is answered elsewhere', () => {
  const run = open()
  const second = nextPrompt(followed(run), ask(run))
  expect(second.step).toBe('b')
  const typing = typed(second, 'a').prompt
  expect(promptFor(followed(run), typing)).toBe(typing)
  run.answer('b', 'reject')
  expect(promptFor(followed(run), typing)).toMatchObject({ step: 'a', choice: null })
  run.answer('a', 'reject')
  expect(promptFor(followed(run), typing)).toBeNull()
})

test('the question shows what can be typed', () => {
  const run = open()
  expect(promptLines(followed(run), ask(run), uncolored)).toEqual([
    '? a: go on?',
    '  [a]pprove  [r]eject  [Tab] next question',
  ])
  const typing = typed(ask(run), 'awhy not').prompt
  expect(promptLines(followed(run), typing, uncolored)[1]).toBe(
    '  approve, comment: why not▏  Enter sends, Esc goes back',
  )
})

test('a lost attempt can be rerun, skipped or failed', () => {
  const run = new KernelRun(plan([step('a')])).start('a')
  run.apply({ type: 'attempt_lost', at: run.now, step: run.state.plan.steps[0]!.id, attempt: 1 }).settle()
  expect(promptLines(followed(run), ask(run), uncolored)[1]).toBe('  [r]erun  [s]kip  [f]ail')
  expect(typed(ask(run), 'r\r').answer).toEqual({ step: 'a', choice: 'rerun', comment: null, tree: null })
})

test('a gate on a change binds the answer to the tree, and forgets it when there is another', () => {
  const review = { verdict: 'require_human', policy: 'p', tree: 'tree-1', findings: [] } as const
  const run = new KernelRun(plan([step('a')])).run('a', { ...success, review })
  const asked = ask(run)
  expect(promptLines(followed(run), asked, uncolored)[1]).toBe(`  orchd review ${run.state.id} a shows the change`)
  expect(typed(asked, 'a\r').answer).toMatchObject({ choice: 'approve', tree: 'tree-1' })
  const again = {
    type: 'retry_requested',
    at: run.now,
    from: run.state.plan.steps[0]!.id,
    only: true,
    by: 'ada',
  } as const
  run
    .apply(again)
    .settle()
    .run('a', { ...success, review: { ...review, tree: 'tree-2' } })
  expect(promptFor(followed(run), typed(asked, 'a').prompt)).toMatchObject({ choice: null, tree: 'tree-2' })
})

const warns = (text: readonly string[]): boolean => text.join('\n').includes('not protected: an agent of this run')

test('who is asked is told when an agent could answer in their place, and so is who looks later', () => {
  const agent = step('work', [], { body: { kind: 'prompt', prompt: 'Work.' }, agent: 'claude_code' })
  for (const free of [true as const, undefined]) {
    const run = new KernelRun(
      plan([step('a', [], { body: gate() }), { ...agent, ...(free === undefined ? {} : { free }) }]),
    )
    expect(warns(promptLines(followed(run), ask(run), uncolored))).toBe(false)
    run.start('work', 'claude_code')
    expect(warns(promptLines(followed(run), ask(run), uncolored))).toBe(free === true)
    run.finish('work')
    expect(warns(summaryLines(snapshot(run), new Map(), uncolored))).toBe(free === true)
    expect(snapshot(run).gates_protected).toBe(free !== true)
  }
})
