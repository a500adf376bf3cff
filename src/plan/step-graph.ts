import { DirectedGraph } from 'graphology'
import { topologicalGenerations } from 'graphology-dag'
import type { Plan, Step } from './plan.ts'

/** Steps that could run at the same time if there were slots for all, in the order of the plan. */
export type Wave = readonly Step[]

/** The dependencies of one list of steps as a graph; an edge goes from a step to who waits for it. */
export function graphOfSteps(steps: readonly Step[]): DirectedGraph {
  const graph = new DirectedGraph()
  for (const { id } of steps) graph.addNode(id)
  for (const { id, dependsOn } of steps) for (const need of dependsOn) graph.mergeEdge(need, id)
  return graph
}

/** The steps of a list by how many others, one behind the other, must be over before them. */
export function wavesOf(steps: readonly Step[]): readonly Wave[] {
  const place = new Map(steps.map(({ id }, at) => [String(id), at]))
  return topologicalGenerations(graphOfSteps(steps)).map((ids) =>
    ids.map((id) => place.get(id)!).toSorted((a, b) => a - b).map((at) => steps[at]!), // the graph has these steps only
  ) // prettier-ignore
}

/** The longest way through the steps of a plan; a sub-plan counts as its own longest way. */
export function criticalPath(plan: Plan, subPlans: Plan['subPlans'] = plan.subPlans): readonly string[] {
  const best = new Map<string, readonly string[]>()
  let longest: readonly string[] = []
  for (const step of wavesOf(plan.steps).flat()) {
    const before = step.dependsOn.reduce<readonly string[]>((way, need) => longer(way, best.get(need) ?? []), [])
    const way = [...before, ...ownWay(step, subPlans)]
    best.set(step.id, way)
    longest = longer(longest, way)
  }
  return longest
}

function ownWay({ id, body }: Step, subPlans: Plan['subPlans']): readonly string[] {
  const plan = body.kind === 'plan' ? subPlans[body.path] : undefined
  return plan === undefined ? [id] : criticalPath(plan, subPlans).map((inner) => `${id}/${inner}`)
}

const longer = (a: readonly string[], b: readonly string[]): readonly string[] => (b.length > a.length ? b : a)
