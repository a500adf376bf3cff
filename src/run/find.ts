import { stepId, type StepId } from '../base/ids.ts'
import type { Level } from './level.ts'
import type { RunState, StepState } from './state.ts'

/**
 * The index of a step by its id, as in `build`, `audit.2`, `release/publish`; `undefined` when the run has no such
 * step now. Steps are found level by level, so that no table of all of them has to grow with the run.
 *
 * @param dropped whether steps count that a rewind did away with: attempts of theirs may still run
 */
export function indexOf(run: RunState, id: StepId, dropped = false): number | undefined {
  const levelIn = dropped ? innerOf : liveLevelIn
  let number: number | undefined = 0
  let index: number | undefined
  for (const part of id.split('/')) {
    if (number === undefined) return undefined
    const [name = '', instance] = part.split('.', 2)
    const { base, graph } = run.levels.get(number)
    const local = graph.indexOf.get(stepId(name))
    if (local === undefined) return undefined
    index = base + local
    if (instance !== undefined) {
      index = instanceIn(run, levelIn(run, index), instance)
      if (index === undefined) return undefined
    }
    number = levelIn(run, index)
  }
  return index
}

function instanceIn(run: RunState, number: number | undefined, text: string): number | undefined {
  if (number === undefined || !/^[1-9]\d*$/.test(text)) return undefined
  const { base, graph, kind } = run.levels.get(number)
  return kind === 'instances' && Number(text) <= graph.steps.length ? base + Number(text) - 1 : undefined
}

const innerOf = (run: RunState, index: number): number | undefined => run.steps.get(index).inner ?? undefined

/** The level of a plan in which a level of instances stands; its own for any other. */
export function planLevel(run: RunState, number: number): Level {
  const level = run.levels.get(number)
  return level.kind === 'instances' && level.parent !== null ? run.levels.get(level.parent) : level
}

/** The level inside a step, when its steps are part of the run now. */
export function liveLevelIn(run: RunState, index: number): number | undefined {
  const { inner } = run.steps.get(index)
  return inner !== null && run.levels.get(inner).live ? inner : undefined
}

/** The ids of the steps that a step depends on. */
export function dependenciesOf(run: RunState, index: number): readonly StepId[] {
  const { base, graph } = run.levels.get(run.steps.get(index).level)
  return graph.steps[index - base]!.dependsOn.map((need) => run.steps.get(base + need).id) // the level holds the step
}

/** The state of a step by its id; `undefined` for an id that the run does not have. */
export function stepState(run: RunState, id: StepId): StepState | undefined {
  const index = indexOf(run, id)
  return index === undefined ? undefined : run.states.get(index)
}

/** The indices of all steps that are part of the run now, in the order of the plan: what is inside a step follows it. */
export function* liveSteps(run: RunState, number = 0): Generator<number> {
  const { base, graph } = run.levels.get(number)
  for (let local = 0; local < graph.steps.length; local++) {
    yield base + local
    const inner = liveLevelIn(run, base + local)
    if (inner !== undefined) yield* liveSteps(run, inner)
  }
}
