import { DirectedGraph } from 'graphology'
import { ancestorsOf } from './ancestors.ts'
import { cyclesOf } from './cycles.ts'
import type { SourceDocument } from '../document.ts'
import type { Report } from '../source-text.ts'
import { type Suggest, didYouMean } from '../suggest.ts'
import { type Outline, type StepOutline, stepName } from './outline.ts'

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
  const graph = new DirectedGraph({ allowSelfLoops: true })
  for (const id of byId.keys()) graph.addNode(id)
  for (const step of outline.steps) {
    const isNode = step.id !== null && byId.get(step.id) === step
    for (const target of checkDependencies(step, byId, document, report, suggest)) {
      // The edge points at the dependency; `mergeEdge` because an id may stand twice in a list.
      if (isNode && step.id !== null) graph.mergeEdge(step.id, target)
    }
  }
  const inCycle = reportCycles(graph, byId, document, report)
  const ancestors = ancestorsOf(graph, inCycle)
  return { byId, isAncestor: ancestors }
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

/** The known ids that a step depends on. */
function checkDependencies(
  step: StepOutline,
  byId: ReadonlyMap<string, StepOutline>,
  document: SourceDocument,
  report: Report,
  suggest: Suggest,
): readonly string[] {
  const known = new Set<string>()
  for (const { id, path } of step.dependsOn) {
    const target = byId.get(id)
    const span = document.valueSpan(path)
    if (target === undefined) {
      const help = didYouMean(suggest, id, [...byId.keys()])
      report('STEP_UNKNOWN', span, `${stepName(step)} depends on "${id}", which is not a step of this plan`, { help })
    } else if (target.phase !== step.phase) {
      const message =
        target.phase === 'finally'
          ? `${stepName(step)} depends on "${id}", which is a step of "finally"`
          : `${stepName(step)} depends on "${id}"; steps of "finally" start when all others are over`
      report('STEP_UNKNOWN', span, message, { help: 'depend on steps of the same list' })
    } else if (known.has(id)) {
      report('KEY_WITHOUT_EFFECT', span, `"${id}" stands in this list already`, {
        severity: 'warning',
        help: 'remove it',
      })
    } else known.add(id)
  }
  return [...known]
}

/** Reports each cycle as its path, at the dependency that closes it; returns the steps in cycles. */
function reportCycles(
  graph: DirectedGraph,
  byId: ReadonlyMap<string, StepOutline>,
  document: SourceDocument,
  report: Report,
): ReadonlySet<string> {
  const inCycle = new Set<string>()
  for (const { members, path } of cyclesOf(graph)) {
    for (const id of members) inCycle.add(id)
    const [from, next] = path
    const step = byId.get(from!)! // a cycle has at least its start twice, and nodes are steps
    const place = step.dependsOn.find(({ id }) => id === next)?.path ?? step.path
    const text = path.length > 12 ? [...path.slice(0, 10), '...', path.at(-1)].join(' -> ') : path.join(' -> ')
    const message =
      from === next ? `step "${from}" depends on itself: ${text}` : `the steps depend on each other: ${text}`
    report('STEP_CYCLE', document.valueSpan(place), message, { help: 'remove one of these dependencies' })
  }
  return inCycle
}
