import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import { allocate, type Claimant } from '../../src/run/allocate.ts'
import { reduce } from '../../src/run/reduce.ts'
import { emptyRoster } from '../../src/run/roster.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { RunState } from '../../src/run/state.ts'
import { plan, step } from '../support/plans.ts'

let count = 0
function runOf(from: Plan): RunState {
  const event = {
    type: 'run_submitted' as const,
    at: 0,
    plan: from,
    inputs: {},
    source: { file: '', sha256: '', projectFolder: '' },
    simulate: 'none' as const,
    path: null,
    requestId: null,
  }
  return reduce(null, { seq: 1, runId: runId(`r${count++}`), event })
}

const wide = (size: number, more: Partial<Plan> = {}): RunState =>
  runOf(
    plan(
      Array.from({ length: size }, (_, i) => step(`s${i}`)),
      more,
    ),
  )
const claim = (run: RunState, lastServed = 0): Claimant => ({ run, lastServed })
const perRun = (claimants: readonly Claimant[], limit: number): number[] => {
  const grants = allocate(claimants, limit, 0, emptyRoster)
  return claimants.map(({ run }) => grants.filter((grant) => grant.runId === run.id).length)
}

test('runs of the same priority share the slots, whatever their size', () => {
  expect(perRun([claim(wide(100)), claim(wide(2)), claim(wide(100))], 8)).toEqual([3, 2, 3])
})

test('the run that was served longest ago goes first', () => {
  expect(perRun([claim(wide(5), 3), claim(wide(5), 1), claim(wide(5), 2)], 1)).toEqual([0, 1, 0])
})

test('a higher priority goes before all others', () => {
  expect(perRun([claim(wide(5)), claim(wide(3, { priority: 5 }))], 4)).toEqual([1, 3])
})

test('a run never gets more than its own max_parallel', () => {
  const constraints = { maxDurationMs: null, maxParallel: 2, budget: null, requireTests: null, requirePr: null }
  expect(perRun([claim(wide(9, { constraints })), claim(wide(9))], 8)).toEqual([2, 6])
})

test('within a run the longest way to the end goes first', () => {
  const run = runOf(plan([step('short'), step('a'), step('b', ['a']), step('c', ['b']), step('x'), step('y', ['x'])]))
  expect(allocate([claim(run)], 9, 0, emptyRoster).map((grant) => grant.candidate.step)).toEqual(['a', 'x', 'short'])
})

test('grants and what runs are never more than the limit', () => {
  const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -3, max: 3 })), { maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 40 }), (runs, limit) => {
      const claimants = runs.map(([size, priority]) => claim(wide(size, { priority })))
      const grants = allocate(claimants, limit, 0, emptyRoster)
      const wanted = runs.reduce((sum, [size]) => sum + size, 0)
      expect(grants).toHaveLength(Math.min(limit, wanted))
      expect(new Set(grants.map((grant) => `${grant.runId}/${grant.candidate.index}`)).size).toBe(grants.length)
    }),
  )
})
