import { stepId } from '../base/ids.ts'
import { resultId } from '../plan/implicit.ts'
import { allIndicesOf, type Level } from './level.ts'
import type { RunState } from './state.ts'

/**
 * The commits that a step starts from: of each dependency its own, or what that one started from when it made none.
 * None: the base of the run. The order is the plan's, so that a merge of them is always the same.
 */
export function headsBefore(run: RunState, index: number): readonly string[] {
  return run.context === undefined ? [] : new Heads(run).before(index)
}

class Heads {
  readonly #run: RunState
  readonly #before = new Map<number, readonly string[]>()
  readonly #after = new Map<number, readonly string[]>()

  constructor(run: RunState) {
    this.#run = run
  }

  before(index: number): readonly string[] {
    return remembered(this.#before, index, () => {
      const { level: number } = this.#run.steps.get(index)
      const level = this.#run.levels.get(number)
      const local = index - level.base
      const needs = level.graph.steps[local]!.dependsOn // the level holds the step
      if (needs.length > 0) return united(needs.map((need) => this.#of(level.base + need)))
      if (local >= level.graph.mainCount) return this.#resultIn(level)
      return level.owner === null ? [] : this.before(level.owner)
    })
  }

  /** What whoever depends on a step gets of it. */
  #of(index: number): readonly string[] {
    return remembered(this.#after, index, () => {
      const state = this.#run.states.get(index)
      // What tests leave behind is no part of the result.
      if (this.#run.steps.get(index).spec.tests !== undefined) return this.before(index)
      if (state.status !== 'finished' || state.outcome !== 'success') return this.before(index)
      if (state.change !== null) return [state.change.commit]
      const { inner } = this.#run.steps.get(index)
      const heads = inner === null ? [] : this.#ofLevel(this.#run.levels.get(inner))
      return heads.length > 0 ? heads : this.before(index)
    })
  }

  #ofLevel(level: Level): readonly string[] {
    if (!level.live) return []
    if (level.kind === 'instances') return united(allIndicesOf(level).map((index) => this.#of(index)))
    const ends = level.graph.steps.flatMap(({ dependents }, local) =>
      local < level.graph.mainCount && dependents.length === 0 ? [level.base + local] : [],
    )
    return united(ends.map((index) => this.#of(index)))
  }

  /** What the steps of a level came to, for its `finally`: it works on the result when there is one. */
  #resultIn(level: Level): readonly string[] {
    const result = level.graph.indexOf.get(stepId(resultId))
    if (result !== undefined) {
      const state = this.#run.states.get(level.base + result)
      return state.status === 'finished' && state.outcome === 'success' ? this.#of(level.base + result) : []
    }
    return level.owner === null ? [] : this.before(level.owner)
  }
}

const united = (heads: readonly (readonly string[])[]): readonly string[] => [...new Set(heads.flat())]

function remembered<T>(known: Map<number, T>, index: number, make: () => T): T {
  const before = known.get(index)
  if (before !== undefined) return before
  const made = make()
  known.set(index, made)
  return made
}
