import { expect, test } from 'vitest'
import { plan, step } from '../support/plans.ts'
import { KernelRun } from '../support/runs.ts'

const asks = step('a', [], { body: { kind: 'prompt', prompt: 'Work.' }, agent: 'claude_code' })
test('agents are told what files the work of the plan is about, those of sub-plans too', () => {
  const inner = step('inner', [], { body: { kind: 'plan', path: 'inner.yaml' } })
  const subPlans = { 'inner.yaml': plan([asks]) }
  const run = new KernelRun(
    plan([asks, inner, step('sh')], { subPlans, context: { files: ['src/auth/**', 'a ${{ x }}'] } }),
  )
  const told = 'Work.\n\nThe work is about these files: src/auth/**, a ${{ x }}'
  expect(['a', 'inner/a', 'sh'].map((id) => run.values(id).prompt)).toEqual([told, told, null])
  expect(new KernelRun(plan([asks], { context: { files: [] } })).values('a').prompt).toBe('Work.')
})
