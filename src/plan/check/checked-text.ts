import type { Json } from '../../base/json.ts'
import type { Plan } from '../plan.ts'
import type { Report, Span } from '../source-text.ts'
import type { Suggest } from '../suggest.ts'
import type { StepGraph } from './graph.ts'
import { listAt, objectAt, type Outline } from './outline.ts'
import type { TextPlace } from './places.ts'

export type ExpressionContext = {
  readonly outline: Outline
  readonly graph: StepGraph
  readonly suggest: Suggest
  /** The sub-plan of each step that has one which can be used. */
  readonly subPlans: ReadonlyMap<string, Plan>
}

/** A text that is checked: what it may hold, and where a part of it stands. */
export type CheckedText = Omit<TextPlace, 'path'> & {
  readonly report: Report
  /** The place of a part, by its offsets in the text. */
  readonly spanOf: (part: Span) => Span
}

/** The names of a matrix: its lists, and what `include` adds. */
export function matrixAxes(matrix: Json | undefined): readonly string[] {
  const { include, exclude: _, ...axes } = objectAt(matrix)
  return [...new Set([...Object.keys(axes), ...listAt(include).flatMap((item) => Object.keys(objectAt(item)))])]
}
