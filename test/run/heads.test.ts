import { expect, test } from 'vitest'
import type { Plan, Step } from '../../src/plan/plan.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { headsBefore } from '../../src/run/heads.ts'
import { indexOf } from '../../src/run/find.ts'
import { stepId } from '../../src/base/ids.ts'
import { plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

const changed = (commit: string): AttemptResult => ({
  ...success,
  change: { base: 'base', commit, tree: '', files: 1, insertions: 1, deletions: 0 },
})

/** What a step of a run with a context starts from, after what the others came to, in this order. */
function before(id: string, given: Plan, done: readonly (readonly [string, AttemptResult])[]): readonly string[] {
  const run = done.reduce((sofar, [one, result]) => sofar.run(one, result), new KernelRun(given))
  const context = { gitDir: '/g', workTree: '/', prefix: '', base: 'base', baseName: 'main', branch: null, author: { name: '', email: '' }, notes: [] } // prettier-ignore
  const index = indexOf(run.state, stepId(id))
  if (index === undefined) throw new Error(`no step ${id}`)
  return headsBefore({ ...run.state, context }, index)
}

test('a step starts from the commits of its dependencies, in the order of the plan, each once', () => {
  const steps = [step('a'), step('b'), step('c', ['b']), step('d', ['c', 'b', 'a'])]
  const done = [['b', changed('B')], ['a', changed('A')], ['c', success]] as const // prettier-ignore
  expect(before('d', plan(steps), done)).toEqual(['B', 'A'])
  expect(before('b', plan(steps), [])).toEqual([])
})

test('of what failed it gets what that had started from', () => {
  const forgiving: Partial<Step> = { triggerRule: 'all_done' }
  const steps = [step('a'), step('b', ['a']), step('c', ['b'], forgiving)]
  expect(before('c', plan(steps), [['a', changed('A')], ['b', { ...failure, change: changed('B').change! }]])).toEqual(['A']) // prettier-ignore
})

test('a chain of thousands of steps that changed nothing goes back to the commit at its beginning', () => {
  const count = 10_000
  const steps = Array.from({ length: count }, (_, at) => step(`s${at}`, at === 0 ? [] : [`s${at - 1}`]))
  const done = steps.slice(0, -1).map(({ id }, at) => [id, at === 0 ? changed('first') : success] as const)
  expect(before(`s${count - 1}`, plan(steps), done)).toEqual(['first'])
})
