import type { StepId } from '../base/ids.ts'
import type { Plan, Step } from '../plan/plan.ts'

/**
 * The steps of one level as numbers, made once, so that no event costs a look at the whole plan: those of the plan
 * first, then its finally.
 */
export type LevelGraph = {
  readonly steps: readonly GraphStep[]
  readonly indexOf: ReadonlyMap<StepId, number>
  /** Steps `0..mainCount-1` are the plan's steps, the rest its finally. */
  readonly mainCount: number
}

export type GraphStep = {
  readonly spec: Step
  readonly dependsOn: readonly number[]
  readonly dependents: readonly number[]
  /** How many steps are on the longest way from it to an end, itself included. */
  readonly pathLength: number
}

const known = new WeakMap<Plan, LevelGraph>()

/** @throws TypeError for an unknown dependency or a cycle: `parsePlan` refuses both, so that is a bug. */
export function graphOfPlan(plan: Plan): LevelGraph {
  const before = known.get(plan)
  if (before !== undefined) return before
  const specs = [...plan.steps, ...plan.finally]
  const indexOf = new Map(specs.map((spec, index) => [spec.id, index]))
  const dependsOn = specs.map((spec) => spec.dependsOn.map((id) => indexIn(indexOf, id)))
  const dependents: number[][] = specs.map(() => [])
  for (const [index, needs] of dependsOn.entries()) for (const need of needs) dependents[need]!.push(index)
  const length = pathLengths(dependsOn, dependents)
  const steps = specs.map((spec, index) => ({
    spec,
    dependsOn: dependsOn[index]!,
    dependents: dependents[index]!,
    pathLength: length[index]!,
  }))
  const graph = { steps, indexOf, mainCount: plan.steps.length }
  known.set(plan, graph)
  return graph
}

/** So many instances of one step, none of which depends on another. */
export function graphOfInstances(spec: Step, count: number): LevelGraph {
  const step = { spec, dependsOn: [], dependents: [], pathLength: 1 }
  return { steps: Array.from({ length: count }, () => step), indexOf: new Map(), mainCount: count }
}

function indexIn(indexOf: ReadonlyMap<StepId, number>, id: StepId): number {
  const index = indexOf.get(id)
  if (index === undefined) throw new TypeError(`unknown dependency: ${id}`)
  return index
}

function pathLengths(dependsOn: readonly (readonly number[])[], dependents: readonly (readonly number[])[]): number[] {
  const length: number[] = dependsOn.map(() => 1)
  const left = dependents.map((list) => list.length)
  const done = [...left.keys()].filter((index) => left[index] === 0)
  for (const index of done) {
    for (const need of dependsOn[index]!) {
      length[need] = Math.max(length[need]!, length[index]! + 1)
      left[need]!--
      if (left[need] === 0) done.push(need)
    }
  }
  if (done.length !== length.length) throw new TypeError('the steps form a cycle')
  return length
}
