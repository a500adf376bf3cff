import { expect, test } from 'vitest'
import { colored, uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { treeLines } from '../../src/surfaces/cli/view/tree.ts'
import { columnsOf } from '../../src/surfaces/cli/view/width.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'
import { followed } from './watched.ts'

const screen = { rows: 24, columns: 80 }
const draw = (run: KernelRun, more: Partial<Parameters<typeof treeLines>[1]> = {}): string[] =>
  treeLines(followed(run), { now: run.now, screen, paint: uncolored, ...more })

test('each step shows its state, how long it took or takes, its attempt and agent, or why it waits', () => {
  const retry = { ...step('x').retry, maxAttempts: 2, delayMs: 10_000 }
  const run = new KernelRun(
    plan([
      step('build'),
      step('test', ['build']),
      step('flaky', ['build'], { retry }),
      step('ok', ['build'], { body: gate() }),
      step('deploy', ['test', 'flaky', 'ok']),
      step('spare', ['build']),
    ]),
  )
  run.start('build').pass(1500).finish('build')
  run.start('flaky').pass(200).finish('flaky', failure)
  run.start('test').pass(3000)
  expect(draw(run)).toEqual([
    'test r00000000000000 4.7s',
    ' ✓ build         1.5s',
    '   ● test        3.0s  shell',
    expect.stringMatching(/^ {3}↻ flaky {5}attempt 2 in \d\.\ds after exit_nonzero$/),
    '   ? ok        waits for you: go on?',
    '     · deploy  after test, flaky, ok',
    '   ○ spare     queued 3.2s',
    '1 of 6 done · 1 running · 1 retrying · 1 queued · 1 waits for you',
  ])
})

test('failures say why, and what was never started says so', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a'])])).start('a').pass(100).finish('a', failure)
  expect(draw(run)).toEqual([
    'test r00000000000000 100ms',
    ' ✗ a     100ms  failure (exit_nonzero): exit 1',
    '   – b  skipped (upstream_failed)',
    '2 of 2 done · 1 failed · 1 skipped',
  ])
})

test('the last line of a running step is shown while there is room', () => {
  const run = new KernelRun(plan([step('a')])).start('a')
  const lastLines = new Map([['a', 'compiling\n']])
  expect(draw(run, { lastLines })).toContain('    compiling')
  expect(draw(run, { lastLines, screen: { rows: 3, columns: 80 } })).not.toContain('    compiling')
})

test('a plan of a thousand steps keeps to the screen, and shows what asks, failed and runs', () => {
  const steps = Array.from({ length: 1000 }, (_, i) => step(`s${i}`))
  const run = new KernelRun(plan([...steps, step('ok', [], { body: gate() })]))
  for (let i = 0; i < 600; i++) run.run(`s${i}`, i === 300 ? failure : undefined)
  for (let i = 600; i < 605; i++) run.start(`s${i}`)
  for (const rows of [1, 2, 3, 5, 10, 24, 60]) {
    expect(draw(run, { screen: { rows, columns: 80 } }).length).toBeLessThanOrEqual(rows)
  }
  const lines = draw(run)
  expect(lines).toHaveLength(screen.rows)
  const text = lines.join('\n')
  for (const id of ['ok', 's300', 's600', 's604']) expect(text).toMatch(new RegExp(`^ . ${id} `, 'm'))
  expect(text).not.toMatch(/^ . s605 /m)
  expect(lines.at(-1)).toBe('600 of 1001 done · 1 failed · 5 running · 395 queued · 1 waits for you')
})

test('no line is wider than the screen, in colour, with wide characters and long ids too', () => {
  const id = 'a'.repeat(64)
  const message = '長い失敗の説明'.repeat(30)
  const run = new KernelRun(plan([step(id), step('ok', [id], { body: gate() })], { name: '計画'.repeat(60) }))
  run.run(id, { ...failure, message })
  for (const columns of [10, 20, 40, 80]) {
    for (const line of draw(run, { screen: { rows: 20, columns }, paint: colored })) {
      expect(columnsOf(line)).toBeLessThanOrEqual(columns)
    }
  }
})

test('a step that is named before what it needs stands below it all the same', () => {
  const run = new KernelRun(plan([step('last', ['middle']), step('middle', ['first']), step('first')]))
  expect(draw(run).slice(1, 4)).toEqual([
    '     · last  after middle',
    '   · middle  after first',
    ' ○ first     queued 0ms',
  ])
})

test('what steps and people say cannot reach the terminal as a command', () => {
  const message = 'bad\u001b]0;title\u0007\u001b[2J\u001b[31mred\r\nnext\u202egnp.exe'
  const run = new KernelRun(plan([step('a')], { name: 'x\u001b[8my' })).run('a', { ...failure, message })
  const text = draw(run).join(' ')
  expect(text).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(text).toContain('badred next<U+202E>gnp.exe')
})
