import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { outputsAt } from '../../src/agents/invent-outputs.ts'
import { outputsRead } from '../../src/run/outputs-read.ts'
import { plan, step } from '../support/plans.ts'

test('the outputs of a step that any expression of the plan reads are known', () => {
  const made = {
    ...plan([
      step('make-it'),
      step('a', ['make-it'], { when: "steps.make-it.outputs.level == 'high'" }),
      step('b', ['make-it'], { env: { X: 'is ${{ steps.make-it.outputs.text }}', Y: '${{ steps.a.outcome }}' } }),
      step('c', ['make-it'], { with: { deep: ['${{ steps.make-it.outputs.where.file }}'] } }),
    ]),
    outputs: { all: '${{ steps.make-it.outputs }}', text: '${{ steps.make-it.outputs.text }}' },
  }
  expect(outputsRead(made, stepId('make-it'))).toEqual([['level'], ['text'], ['where', 'file']])
  expect(outputsRead(made, stepId('a'))).toEqual([])
})

test('the lists that a for_each goes through are known with what is read of their items', () => {
  const made = plan([
    step('find'),
    step('all', ['find'], {
      forEach: 'steps.find.outputs.files',
      env: { F: '${{ item.path }}' },
      when: "item.kind == 'x'",
    }),
    step('texts', ['find'], { forEach: 'steps.find.outputs.names', env: { N: '${{ item }}' } }),
  ])
  const paths = outputsRead(made, stepId('find'))
  expect(paths).toEqual([
    ['files', '[]'], ['files', '[]', 'kind'], ['files', '[]', 'path'], ['names', '[]'],
  ]) // prettier-ignore
  expect(outputsAt(paths)).toEqual({
    files: [{ kind: 'simulated kind', path: 'simulated path' }],
    names: ['simulated names'],
  })
})
