import { DirectedGraph } from 'graphology'
import type { SourceDocument } from '../document.ts'
import type { Report } from '../source-text.ts'
import { type Suggest, didYouMean } from '../suggest.ts'
import { ancestry } from './ancestors.ts'
import { cyclesOf } from './cycles.ts'
import { type Dependencies, orderOf } from './order.ts'
import { dependencyPath, type Outline, type StepOutline, stepName } from './outline.ts'

/** The most steps of a plan, those of `finally` included. */
export const maxSteps = 10_000

/** What the other checks ask of the graph. */
export type StepGraph = {
  readonly byId: ReadonlyMap<string, StepOutline>
  /** Whether `above` is a dependency of `below`, direct or not. `null`: cannot be told, because of a cycle. */
  readonly isAncestor: (above: string, below: string) => boolean | null
}

/** Checks ids and dependencies, and reports each cycle once. `null` when there are too many steps to look further. */
export function checkGraph(
  outline: Outline,
  document: SourceDocument,
  report: Report,
  suggest: Suggest,
): StepGraph | null {
  if (outline.steps.length > maxSteps) {
    const message = `a plan may have ${maxSteps} steps, this one has ${outline.steps.length}`
    report('STEPS_TOO_MANY', document.keySpan(['steps']), message, { help: 'split it into several plans' })
    return null
  }
  const byId = checkIds(outline, document, report)
  const nodes = [...byId.values()]
  const numberOf = new Map<string, number>()
  for (const id of byId.keys()) numberOf.set(id, numberOf.size)
  const dependsOn = dependenciesOf({ outline, nodes, numberOf, document, report, suggest })
  const order = orderOf(dependsOn)
  const inCycle =
    order.length === nodes.length ? new Set<string>() : reportCycles(dependsOn, order, byId, document, report)
  const isAbove = ancestry(dependsOn, order)
  const isAncestor = (above: string, below: string): boolean | null => {
    const [from, to] = [numberOf.get(above), numberOf.get(below)]
    return from === undefined || to === undefined || inCycle.has(above) ? null : isAbove(from, to)
  }
  return { byId, isAncestor }
}

function checkIds({ steps }: Outline, document: SourceDocument, report: Report): ReadonlyMap<string, StepOutline> {
  const byId = new Map<string, StepOutline>()
  for (const step of steps) {
    if (step.id === null) continue
    const first = byId.get(step.id)
    if (first === undefined) {
      byId.set(step.id, step)
      continue
    }
    const { line } = document.rangeOf([...first.path, 'id'])
    const message = `another step has the id "${step.id}" already (line ${line})`
    report('STEP_DUPLICATE', document.valueSpan([...step.path, 'id']), message, {
      help: 'give each step an id of its own',
    })
  }
  return byId
}

type DependencyContext = {
  readonly outline: Outline
  /** The steps by their numbers, and the numbers by ids. */
  readonly nodes: readonly StepOutline[]
  readonly numberOf: ReadonlyMap<string, number>
  readonly document: SourceDocument
  readonly report: Report
  readonly suggest: Suggest
}

/** Checks the dependencies of all steps; those that are right, as numbers, by the number of their step. */
function dependenciesOf(context: DependencyContext): Dependencies {
  const { outline, nodes, numberOf } = context
  const dependsOn: (readonly number[])[] = nodes.map(() => [])
  // A list may be as long as the text: whether it has named a step already must be one look.
  const namedBy = new Int32Array(nodes.length).fill(-1)
  outline.steps.forEach((step, stepAt) => {
    const known: number[] = []
    step.dependsOn.forEach((id, at) => {
      const number = typeof id === 'string' ? checkDependency(step, id, at, context) : null // the schema says it is no id
      if (number === null) return
      if (namedBy[number] === stepAt) return warnOfRepetition(step, nodes[number]!.id, at, context) // of a node
      namedBy[number] = stepAt
      known.push(number)
    })
    // Of steps with the same id the first is meant.
    const number = step.id === null ? undefined : numberOf.get(step.id)
    if (number !== undefined && nodes[number] === step) dependsOn[number] = known
  })
  return dependsOn
}

/** The number of the step that a step depends on; `null` when it cannot depend on it. */
function checkDependency(
  step: StepOutline,
  id: string,
  at: number,
  { nodes, numberOf, document, report, suggest }: DependencyContext,
): number | null {
  const number = numberOf.get(id)
  if (number === undefined) {
    const help = didYouMean(suggest, id, [...numberOf.keys()])
    const message = `${stepName(step)} depends on "${id}", which is not a step of this plan`
    report('STEP_UNKNOWN', document.valueSpan(dependencyPath(step, at)), message, { help })
    return null
  }
  const { phase } = nodes[number]! // numbers are those of nodes
  if (phase === step.phase) return number
  const message =
    phase === 'finally'
      ? `${stepName(step)} depends on "${id}", which is a step of "finally"`
      : `${stepName(step)} depends on "${id}"; steps of "finally" start when all others are over`
  report('STEP_UNKNOWN', document.valueSpan(dependencyPath(step, at)), message, {
    help: 'depend on steps of the same list',
  })
  return null
}

function warnOfRepetition(
  step: StepOutline,
  id: string | null,
  at: number,
  { document, report }: DependencyContext,
): void {
  const message = `"${id}" stands in this list already`
  report('KEY_WITHOUT_EFFECT', document.valueSpan(dependencyPath(step, at)), message, {
    severity: 'warning',
    help: 'remove it',
  })
}

/** Reports each cycle as its path, at the dependency that closes it; returns the steps in cycles. */
function reportCycles(
  dependsOn: Dependencies,
  order: readonly number[],
  byId: ReadonlyMap<string, StepOutline>,
  document: SourceDocument,
  report: Report,
): ReadonlySet<string> {
  const inCycle = new Set<string>()
  for (const { members, path } of cyclesOf(withoutOrder([...byId.keys()], dependsOn, order))) {
    for (const id of members) inCycle.add(id)
    const [from, next] = path
    const step = byId.get(from!)! // a cycle has at least its start twice, and nodes are steps
    const at = step.dependsOn.indexOf(next!) // likewise
    const text = path.length > 12 ? [...path.slice(0, 10), '...', path.at(-1)].join(' -> ') : path.join(' -> ')
    const message =
      from === next ? `step "${from}" depends on itself: ${text}` : `the steps depend on each other: ${text}`
    report('STEP_CYCLE', document.valueSpan(dependencyPath(step, at)), message, {
      help: 'remove one of these dependencies',
    })
  }
  return inCycle
}

/** The graph of the steps that have no place in the order; its edges point at dependencies. */
function withoutOrder(ids: readonly string[], dependsOn: Dependencies, order: readonly number[]): DirectedGraph {
  const ordered = new Set(order)
  const rest = [...ids.keys()].filter((number) => !ordered.has(number))
  const graph = new DirectedGraph({ allowSelfLoops: true })
  for (const number of rest) graph.addNode(ids[number])
  for (const number of rest) {
    for (const dependency of dependsOn[number]!)
      if (!ordered.has(dependency)) graph.addEdge(ids[number], ids[dependency])
  }
  return graph
}
