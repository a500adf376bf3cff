import fc from 'fast-check'
import { isShared } from '../../src/run/shared.ts'
import { expect, test } from 'vitest'
import { play } from '../support/play.ts'
import { someRun } from '../support/runs.ts'
import { candidates } from '../../src/run/candidates.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'

/** Everything that the kernel counts along must be what a look at all steps comes to. */
function checkCounters(run: RunState): void {
  const { levels, steps, states, sets, counts } = run
  const all = Array.from(states, (state, index) => ({ state, index, step: steps.get(index) }))
  expect([...sets.running]).toEqual(all.filter(({ state }) => state.status === 'running').map(({ index }) => index))
  const inside = (number: number, of: number): boolean => {
    for (let at: number | null = number; at !== null; at = levels.get(at).parent) if (at === of) return true
    return false
  }
  for (const [number, level] of [...levels].entries()) {
    const here = all.filter(({ step }) => inside(step.level, number))
    expect(level.running).toBe(here.filter(({ state }) => state.status === 'running').length)
    expect(level.people).toBe(here.filter(({ state }) => state.status === 'gated' || state.status === 'held').length)
    expect(level.lane === number || level.queues.size === 0).toBe(true)
    expect(level.running).toBeLessThanOrEqual(level.maxParallel ?? Number.POSITIVE_INFINITY)
  }
  const hasRoom = (number: number): boolean => {
    for (let at: number | null = number; at !== null; at = levels.get(at).parent) {
      const { running, maxParallel } = levels.get(at)
      if (running >= (maxParallel ?? Number.POSITIVE_INFINITY)) return false
    }
    return true
  }
  const isTaken = all.some(({ state, step }) => state.status === 'running' && isShared(step.spec))
  const startable = all.filter(
    ({ state, step }) => state.status === 'ready' && hasRoom(step.level) && !(isTaken && isShared(step.spec)),
  )
  const [best] = startable.toSorted((a, b) => a.step.order - b.step.order)
  expect(candidates(run, 0).next().value?.index).toBe(best?.index)
  const isOpened = (index: number): boolean => {
    const { inner } = steps.get(index)
    return inner !== null && levels.get(inner).live
  }
  const isLive = (index: number): boolean => {
    const { base, graph, live, owner } = levels.get(steps.get(index).level)
    return live && index >= base && index < base + graph.steps.length && (owner === null || isLive(owner))
  }
  const counted = all.filter(({ index }) => isLive(index) && !isOpened(index))
  const ended = (...outcomes: string[]): number =>
    counted.filter(({ state }) => state.status === 'finished' && outcomes.includes(state.outcome)).length
  expect(counts).toEqual({
    total: counted.length,
    success: ended('success'),
    skipped: ended('skip'),
    failed: ended('failure', 'error', 'timeout', 'cancellation'),
  })
}

test('what is counted along is what a look at all steps comes to', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      play(seed, checkCounters)
    }),
    { numRuns: 100 },
  )
})

const stepsOf = (run: RunState): unknown =>
  JSON.parse(
    JSON.stringify({
      ...run,
      steps: [...run.steps],
      states: [...run.states],
      levels: Array.from(run.levels, (level) => ({
        ...level,
        queues: Array.from(level.queues, ([demand, queue]) => [demand, [...queue]]),
      })),
      runningBy: [...run.runningBy],
      timers: [...run.timers],
      rewinds: [...run.rewinds],
    }),
  )

test('every run ends, and then every step is over', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { state } = play(seed)
      expect(state.phase).toBe('finished')
      expect([...state.states].every(({ status }) => status === 'finished' || status === 'dropped')).toBe(true)
      expect([...Object.values(state.sets), state.timers].every((set) => set.size === 0)).toBe(true)
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
