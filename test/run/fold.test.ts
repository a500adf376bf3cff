import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { failure, KernelRun, someRun, success } from '../support/runs.ts'
import { randomPlan } from '../simulation/plans.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'

/** Takes a random plan to its end with random results, answers and waits. */
function play(seed: number): KernelRun {
  const random = new Random(seed)
  const run = new KernelRun(randomPlan(random))
  for (let turn = 0; turn < 2000 && run.state.phase !== 'finished'; turn++) {
    const running = run.state.graph.nodes.filter((_, index) => run.state.steps.get(index).status === 'running')
    const gates = run.state.graph.nodes.filter((_, index) => run.state.steps.get(index).status === 'gated')
    const ready = run.ready()
    if (random.chance(0.01)) run.cancel()
    else if (ready.length > 0 && random.chance(0.5)) run.start(ready[0]!)
    else if (running.length > 0 && random.chance(0.7))
      run.finish(random.pick(running).step.id, random.chance(0.7) ? success : failure)
    else if (gates.length > 0 && random.chance(0.3))
      run.answer(random.pick(gates).step.id, random.pick(['approve', 'reject']))
    else run.pass(5000)
  }
  return run
}

const stepsOf = (run: RunState): unknown => JSON.parse(JSON.stringify({ ...run, graph: null, steps: [...run.steps] }))

test('every run ends, and then every step is over', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { state } = play(seed)
      expect(state.phase).toBe('finished')
      expect([...state.steps].every((step) => step.status === 'finished')).toBe(true)
      expect(Object.values(state.sets).every((set) => set.size === 0)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('replaying the events gives the same state, also from their JSON', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const run = play(seed)
      let replayed: RunState | null = null
      for (const [i, event] of run.events.entries()) {
        replayed = reduce(replayed, { seq: i + 1, runId: someRun, event: JSON.parse(JSON.stringify(event)) })
      }
      expect(stepsOf(replayed!)).toEqual(stepsOf(run.state))
    }),
    { numRuns: 100 },
  )
})

test('reduce leaves the state that it was given as it was', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { events } = play(seed)
      const [first, ...rest] = events
      let run = reduce(null, { seq: 1, runId: someRun, event: first! })
      for (const [i, event] of rest.entries()) {
        const before = run
        const picture = stepsOf(before)
        run = reduce(before, { seq: i + 2, runId: someRun, event })
        expect(stepsOf(before)).toEqual(picture)
      }
    }),
    { numRuns: 30 },
  )
})
