import { DirectedGraph } from 'graphology'
import type { SourceDocument } from '../document.ts'
import { reservedPrefix } from '../implicit.ts'
import type { Report } from '../source-text.ts'
import { type Suggest, didYouMean } from '../suggest.ts'
import { ancestry } from './ancestors.ts'
import { cyclesOf } from './cycles.ts'
import { type Dependencies, orderOf } from './order.ts'
import { dependencyPath, type Outline, type StepOutline, stepName } from './outline.ts'

/** The most steps of a plan, those of `finally` included. */
const maxSteps = 10_000

/** What the other checks ask of the graph. */
export type StepGraph = {
  readonly byId: ReadonlyMap<string, StepOutline>
  readonly ids: readonly string[]
  /** Whether `above` is a dependency of `below`, direct or not. `null`: cannot be told, because of a cycle. */
  readonly isAncestor: (above: string, below: string) => boolean | null
}

/** Reports that a plan has so many steps that it is not looked at any further. */
export function hasTooManySteps({ steps }: Outline, document: SourceDocument, report: Report): boolean {
  if (steps.length <= maxSteps) return false
  const message = `a plan may have ${maxSteps} steps, this one has ${steps.length}`
  report('STEPS_TOO_MANY', document.keySpan(['steps']), message, { help: 'split it into several plans' })
  return true
}

/** Checks ids and dependencies, and reports each cycle once. */
export function checkGraph(outline: Outline, document: SourceDocument, report: Report, suggest: Suggest): StepGraph {
  const byId = checkIds(outline, document, report)
  const ids = [...byId.keys()]
  const dependsOn = dependenciesOf({ outline, byId, ids, document, report, suggest })
  const order = orderOf(dependsOn)
  const inCycle = reportCycles(dependsOn, order, outline, byId, document, report)
  const isAbove = ancestry(dependsOn, order)
  const isAncestor = (above: string, below: string): boolean | null => {
    const [from, to] = [byId.get(above), byId.get(below)]
    return from === undefined || to === undefined || inCycle.has(above) ? null : isAbove(from.number, to.number)
  }
  return { byId, ids, isAncestor }
}

function checkIds({ steps }: Outline, document: SourceDocument, report: Report): ReadonlyMap<string, StepOutline> {
  const byId = new Map<string, StepOutline>()
  for (const step of steps) {
    if (step.id === null) continue
    if (step.id.startsWith(reservedPrefix)) {
      const message = `ids that begin with "${reservedPrefix}" are those of orchd's own steps`
      report('STEP_ID_RESERVED', document.valueSpan([...step.path, 'id']), message, {
        help: `choose another id, such as "${step.id.slice(reservedPrefix.length)}"`,
      })
    }
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
  readonly byId: ReadonlyMap<string, StepOutline>
  readonly ids: readonly string[]
  readonly document: SourceDocument
  readonly report: Report
  readonly suggest: Suggest
}

/** Checks the dependencies of all steps; those that are right, as numbers of steps, by the number of their step. */
function dependenciesOf(context: DependencyContext): Dependencies {
  const { steps } = context.outline
  const dependsOn: (readonly number[])[] = steps.map(() => [])
  // A list may be as long as the text: whether it has named a step already must be one look.
  const namedBy = new Int32Array(steps.length).fill(-1)
  for (const step of steps) {
    const known: number[] = []
    step.dependsOn.forEach((id, at) => {
      const target = typeof id === 'string' ? checkDependency(step, id, at, context) : null // the schema says it is no id
      if (target === null) return
      if (namedBy[target.number] === step.number) return warnOfRepetition(step, target, at, context)
      namedBy[target.number] = step.number
      known.push(target.number)
    })
    // Of steps with the same id the first is meant.
    if (step.id !== null && context.byId.get(step.id) === step) dependsOn[step.number] = known
  }
  return dependsOn
}

/** The step that a step depends on; `null` when it cannot depend on it. */
function checkDependency(
  step: StepOutline,
  id: string,
  at: number,
  { byId, ids, document, report, suggest }: DependencyContext,
): StepOutline | null {
  const target = byId.get(id)
  if (target === undefined) {
    const help = didYouMean(suggest, id, ids)
    const message = `${stepName(step)} depends on "${id}", which is not a step of this plan`
    report('STEP_UNKNOWN', document.valueSpan(dependencyPath(step, at)), message, { help })
    return null
  }
  if (target.phase === step.phase) return target
  const message =
    target.phase === 'finally'
      ? `${stepName(step)} depends on "${id}", which is a step of "finally"`
      : `${stepName(step)} depends on "${id}"; steps of "finally" start when all others are over`
  report('STEP_UNKNOWN', document.valueSpan(dependencyPath(step, at)), message, {
    help: 'depend on steps of the same list',
  })
  return null
}

function warnOfRepetition(
  step: StepOutline,
  { id }: StepOutline,
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
  { steps }: Outline,
  byId: ReadonlyMap<string, StepOutline>,
  document: SourceDocument,
  report: Report,
): ReadonlySet<string> {
  const inCycle = new Set<string>()
  if (order.length === steps.length) return inCycle
  for (const { members, path } of cyclesOf(withoutOrder(steps, dependsOn, order))) {
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
function withoutOrder(steps: readonly StepOutline[], dependsOn: Dependencies, order: readonly number[]): DirectedGraph {
  const ordered = new Set(order)
  const rest = steps.filter(({ number }) => !ordered.has(number))
  const graph = new DirectedGraph({ allowSelfLoops: true })
  for (const { id } of rest) graph.addNode(id)
  for (const { id, number } of rest) {
    for (const dependency of dependsOn[number]!) {
      if (!ordered.has(dependency)) graph.addEdge(id, steps[dependency]!.id) // numbers are those of steps
    }
  }
  return graph
}
