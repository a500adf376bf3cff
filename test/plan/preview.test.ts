import { expect, test } from 'vitest'
import { previewOf } from '../../src/plan/preview.ts'
import { criticalPath, wavesOf } from '../../src/plan/step-graph.ts'
import { planOf, read } from './check.ts'

const text = `name: release
inputs: { version: { type: string }, token: { type: string, secret: true } }
env: { LEVEL: "\${{ plan.name }}" }
steps:
  - id: a
    run: x
    env: { V: "v\${{ inputs.version }}", T: "\${{ inputs.token }}", N: "\${{ inputs.version.size() }}" }
  - { id: b, run: x, depends_on: [a], env: { F: "\${{ steps.a.outputs.file }}" } }
  - { id: c, run: x }
  - { id: d, run: x, depends_on: [b, c] }
finally:
  - { id: end, run: x }
`

test('waves hold the steps that wait for nothing in them, in the order of the plan', () => {
  const { steps } = planOf(text)
  expect(wavesOf(steps).map((wave) => wave.map(({ id }) => id))).toEqual([['a', 'c'], ['b'], ['d']])
})

test('the critical path is the longest way, through sub-plans too', () => {
  expect(criticalPath(planOf(text))).toEqual(['a', 'b', 'd'])
  const sub =
    'name: s\nsteps: [{ id: x, run: x }, { id: y, run: y, depends_on: [x] }, { id: z, run: z, depends_on: [y] }]'
  const outer = 'name: o\nsteps: [{ id: s, plan: s.yaml }, { id: t, run: t }, { id: u, run: u, depends_on: [t] }]'
  const { plan } = read(outer, {}, { 's.yaml': sub })
  expect(plan === null ? null : criticalPath(plan)).toEqual(['s/x', 's/y', 's/z'])
})

test('values are evaluated as far as they are known, and secrets never', () => {
  const [a, , b] = previewOf(planOf(text), { known: { version: '1.2' }, later: [] }, [])
  expect(a).toMatchObject({
    id: 'a',
    wave: 1,
    env: {
      LEVEL: { kind: 'known', value: 'release' },
      V: { kind: 'known', value: 'v1.2' },
      T: { kind: 'secret' },
      N: { kind: 'known', value: 3 },
    },
  })
  expect(b?.env['F']).toEqual({ kind: 'later', written: '${{ steps.a.outputs.file }}' })
  const [without] = previewOf(planOf(text), { known: {}, later: [] }, [])
  expect(without?.env['V']).toMatchObject({ kind: 'missing' })
})
