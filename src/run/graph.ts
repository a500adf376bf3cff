import type { StepId } from '../base/ids.ts'
import type { Plan, Step } from '../plan/plan.ts'

/**
 * A plan's steps as numbers, made once per run, so that no event costs a look at the whole plan.
 * Indices follow the plan (steps, then finally); ranks are the order of dispatch: priority, then critical path, then plan.
 */
export type RunGraph = {
  readonly nodes: readonly GraphNode[]
  readonly indexOf: ReadonlyMap<StepId, number>
  /** Nodes `0..mainCount-1` are the plan's steps, the rest its finally. */
  readonly mainCount: number
  readonly rankOf: readonly number[]
  readonly byRank: readonly number[]
}

export type GraphNode = {
  readonly step: Step
  readonly dependsOn: readonly number[]
  readonly dependents: readonly number[]
}

/** @throws TypeError for an unknown dependency or a cycle: `parsePlan` refuses both, so that is a bug. */
export function buildGraph(plan: Plan): RunGraph {
  const steps = [...plan.steps, ...plan.finally]
  const indexOf = new Map(steps.map((step, index) => [step.id, index]))
  const dependsOn = steps.map((step) => step.dependsOn.map((id) => known(indexOf, id)))
  const dependents: number[][] = steps.map(() => [])
  for (const [index, needs] of dependsOn.entries()) for (const need of needs) dependents[need]!.push(index)

  const byRank = dispatchOrder(plan, steps, criticalPath(dependsOn, dependents))
  const rankOf: number[] = Array.from({ length: steps.length })
  for (const [rank, index] of byRank.entries()) rankOf[index] = rank
  const nodes = steps.map((step, index) => ({ step, dependsOn: dependsOn[index]!, dependents: dependents[index]! }))
  return { nodes, indexOf, mainCount: plan.steps.length, rankOf, byRank }
}

/** The priority that counts for a step: its own, else the plan's. */
export const priorityOf = (plan: Plan, step: Step): number => step.priority ?? plan.priority

function known(indexOf: ReadonlyMap<StepId, number>, id: StepId): number {
  const index = indexOf.get(id)
  if (index === undefined) throw new TypeError(`unknown dependency: ${id}`)
  return index
}

/** For each step the number of steps on the longest way from it to an end, itself included. */
function criticalPath(dependsOn: readonly (readonly number[])[], dependents: readonly (readonly number[])[]): number[] {
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

function dispatchOrder(plan: Plan, steps: readonly Step[], length: readonly number[]): number[] {
  const priority = steps.map((step) => priorityOf(plan, step))
  return [...steps.keys()].toSorted((a, b) => priority[b]! - priority[a]! || length[b]! - length[a]! || a - b)
}
