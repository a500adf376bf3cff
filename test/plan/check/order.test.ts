import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ancestry } from '../../../src/plan/check/ancestors.ts'
import { type Dependencies, orderOf } from '../../../src/plan/check/order.ts'
import { cases, patience } from '../../support/cases.ts'

/** Any graph of up to 40 steps: cycles, steps that depend on themselves, and several lists that name the same step. */
const graph: fc.Arbitrary<Dependencies> = fc
  .integer({ min: 1, max: 40 })
  .chain((size) => fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }))

/** The slow way: every step that can be reached. */
function above(dependsOn: Dependencies, step: number): ReadonlySet<number> {
  const found = new Set(dependsOn[step])
  for (const one of found) for (const next of dependsOn[one] ?? []) found.add(next)
  return found
}

test('the order has every step behind its dependencies, but for those in cycles or below one', patience, () => {
  fc.assert(
    fc.property(graph, (dependsOn) => {
      const order = orderOf(dependsOn)
      const cyclic = new Set([...dependsOn.keys()].filter((step) => above(dependsOn, step).has(step)))
      const isBlocked = (step: number): boolean =>
        cyclic.has(step) || [...above(dependsOn, step)].some((one) => cyclic.has(one))
      expect(order.toSorted((a, b) => a - b)).toEqual([...dependsOn.keys()].filter((step) => !isBlocked(step)))
      for (const [at, step] of order.entries()) {
        for (const dependency of dependsOn[step] ?? []) expect(order.indexOf(dependency)).toBeLessThan(at)
      }
    }),
    cases(200),
  )
})

test(
  'a step is above another when that one depends on it, directly or not; of cycles nothing is said',
  patience,
  () => {
    fc.assert(
      fc.property(graph, (dependsOn) => {
        const order = orderOf(dependsOn)
        const isAbove = ancestry(dependsOn, order)
        for (const below of dependsOn.keys()) {
          const expected = above(dependsOn, below)
          for (const one of dependsOn.keys()) {
            expect(isAbove(one, below)).toBe(order.includes(below) ? expected.has(one) : null)
          }
        }
      }),
      cases(200),
    )
  },
)
