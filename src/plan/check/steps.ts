import type { Json } from '../../base/json.ts'
import { parseDuration } from '../../base/duration.ts'
import type { SourceDocument } from '../document.ts'
import { maxInstances } from '../instances.ts'
import { mostCombinations } from '../matrix.ts'
import type { Report } from '../source-text.ts'
import { type Suggest, didYouMean } from '../suggest.ts'
import { compilePattern, patternMaxText } from '../safe-pattern.ts'
import type { Path } from '../yaml/locate.ts'
import type { StepGraph } from './graph.ts'
import { listAt, objectAt, type Outline, stepName, type StepOutline, textAt } from './outline.ts'

export type CheckContext = {
  readonly outline: Outline
  readonly document: SourceDocument
  readonly report: Report
  readonly suggest: Suggest
}

/** Checks what a step says of other parts of the plan, and what the schema cannot say of its values. */
export function checkStep(step: StepOutline, graph: StepGraph, context: CheckContext): void {
  checkSecrets(step, context)
  checkRewind(step, graph, context)
  if ('matrix' in step.raw) checkMatrix(step, context)
  if ('output_schema' in step.raw)
    checkPatterns(step.raw['output_schema'] ?? null, [...step.path, 'output_schema'], context)
  for (const key of ['timeout', 'stall_timeout', 'orphan_timeout']) {
    if (key in step.raw) checkPositive(step.raw[key], [...step.path, key], context)
  }
  if ('approval' in step.raw)
    checkPositive(objectAt(step.raw['approval'])['timeout'], [...step.path, 'approval', 'timeout'], context)
}

/** A limit of no time at all would end the work before it begins. */
export function checkPositive(value: Json | undefined, path: Path, { document, report }: CheckContext): void {
  if ((typeof value !== 'string' && typeof value !== 'number') || parseDuration(value) !== 0) return
  report('VALUE_OUT_OF_RANGE', document.valueSpan(path), `"${path.at(-1)}" must be more than zero`, {
    help: 'leave it out for no limit',
  })
}

function checkSecrets(step: StepOutline, { outline, document, report, suggest }: CheckContext): void {
  for (const [at, name] of listAt(step.raw['secrets']).entries()) {
    if (typeof name !== 'string' || outline.secrets.includes(name)) continue
    const help = didYouMean(suggest, name, outline.secrets) ?? `add it to the plan: secrets: [${name}]`
    const span = document.valueSpan([...step.path, 'secrets', at])
    report('SECRET_UNKNOWN', span, `the plan's list of secrets does not have "${name}"`, { help })
  }
}

function checkRewind(step: StepOutline, graph: StepGraph, { document, report, suggest }: CheckContext): void {
  const target = textAt(objectAt(objectAt(step.raw['approval'])['on_reject'])['rewind_to'])
  if (target === null) return
  const span = document.valueSpan([...step.path, 'approval', 'on_reject', 'rewind_to'])
  if (!graph.byId.has(target)) {
    const help = didYouMean(suggest, target, graph.ids)
    report('STEP_UNKNOWN', span, `"${target}" is not a step of this plan`, { help })
  } else if (step.id === target || (step.id !== null && graph.isAncestor(target, step.id) === false)) {
    const message = `${stepName(step)} can only go back to a step that it depends on, not to "${target}"`
    report('REWIND_NOT_ANCESTOR', span, message, {
      help: step.id === target ? undefined : `add "${target}" to its depends_on`,
    })
  }
}

/** The product of the axes is counted, never built. */
function checkMatrix(step: StepOutline, { document, report }: CheckContext): void {
  const count = mostCombinations(objectAt(step.raw['matrix']))
  if (count <= maxInstances) return
  const message = `the matrix of ${stepName(step)} has ${count} combinations, the most are ${maxInstances}`
  report('MATRIX_TOO_LARGE', document.keySpan([...step.path, 'matrix']), message, {
    help: 'leave out values, or make several steps',
  })
}

/** Regular expressions of an output_schema run on what an agent gave: each must be bounded. */
function checkPatterns(schema: Json, path: Path, context: CheckContext): void {
  if (Array.isArray(schema)) {
    schema.forEach((item, at) => checkPatterns(item, [...path, at], context))
    return
  }
  const { pattern, maxLength, ...rest } = objectAt(schema)
  const { document, report } = context
  if (typeof pattern === 'string') {
    const reason = compilePattern(pattern)
    const isBounded = typeof maxLength === 'number' && maxLength <= patternMaxText
    const span = document.valueSpan([...path, 'pattern'])
    if (!reason.ok) report('PATTERN_UNSAFE', span, reason.error.message, { help: reason.error.help })
    else if (!isBounded) {
      report('PATTERN_UNSAFE', span, `a pattern needs a "maxLength" of at most ${patternMaxText} beside it`, {
        help: `add maxLength: ${patternMaxText}`,
      })
    }
  }
  // Values of `enum`, `const`, `default` and `examples` are data, not schemas.
  for (const [key, value] of Object.entries(rest)) {
    if (!['enum', 'const', 'default', 'examples'].includes(key) && typeof value === 'object')
      checkPatterns(value, [...path, key], context)
  }
}
