import { rootsOf } from './expression.ts'
import type { Step } from './plan.ts'

/** The most instances that a matrix or a `for_each` may have. */
export const maxInstances = 1000

/** Whether a step's `when` is asked once for each instance: because it names what is different in each. */
export function perInstance({ when, matrix, forEach }: Pick<Step, 'when' | 'matrix' | 'forEach'>): boolean {
  if (when === null || (matrix === null && forEach === null)) return false
  return rootsOf(when).some((root) => root === 'matrix' || root === 'item' || root === 'index')
}

/** Whether the list of a `for_each` is known only when it is evaluated. */
export const isEvaluated = ({ matrix, forEach }: Pick<Step, 'matrix' | 'forEach'>): boolean =>
  matrix === null && typeof forEach === 'string'
