import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import type { DiagnosticCode } from '../codes.ts'
import { isKnownRoot, scopeNames } from '../expression/cel.ts'
import type { PathSegment, Reference } from '../expression/references.ts'
import type { Span } from '../source-text.ts'
import { didYouMean } from '../suggest.ts'
import { type CheckedText, type ExpressionContext, matrixAxes } from './checked-text.ts'
import { objectAt, stepName, type StepOutline } from './outline.ts'

type Problem = {
  readonly code: DiagnosticCode
  readonly span: Span
  readonly message: string
  readonly help?: string | undefined
}

/** What is wrong with a name that an expression uses at that place. */
export function checkReference(
  reference: Reference,
  source: string,
  place: CheckedText,
  context: ExpressionContext,
): readonly Problem[] {
  if (reference.root === 'steps') return checkStepReference(reference, place, context)
  const problem = checkRoot(reference, source, place, context)
  return problem === null ? [] : [problem]
}

function checkRoot(
  reference: Reference,
  source: string,
  place: CheckedText,
  context: ExpressionContext,
): Problem | null {
  const { root, path } = reference
  const [first] = path
  switch (root) {
    case 'inputs':
      return (
        known('INPUT_UNKNOWN', first, Object.keys(context.outline.inputs), 'the plan has no input', context) ??
        checkSecretInput(reference, place, context)
      )
    case 'run':
      return (
        known('EXPRESSION_NAME', first, ['id', 'outcome', 'report'], 'the run has no', context) ??
        checkRunMoment(reference, place)
      )
    case 'plan':
      return known('EXPRESSION_NAME', first, ['name'], 'the plan has no', context)
    case 'matrix':
      return checkMatrix(reference, place, context)
    case 'item':
    case 'index':
      if (place.step !== null && 'for_each' in place.step.raw) return null
      return { code: 'EXPRESSION_NAME', span: reference, message: `"${root}" is known in steps with "for_each" only` }
    default:
      return isKnownRoot(root) ? null : unknownRoot(reference, source, context)
  }
}

/** A secret goes to processes only, by their environment: everything else is stored, or shown to people and agents. */
function checkSecretInput(
  { path, start, end }: Reference,
  { where, text, step }: CheckedText,
  { outline, subPlans }: ExpressionContext,
): Problem | null {
  const secret = Object.keys(outline.inputs).filter((name) => objectAt(outline.inputs[name])['secret'] === true)
  const named = path[0] === undefined ? secret : secret.filter((name) => name === path[0]?.name)
  const [first, second] = where
  if (named.length === 0 || first === 'env') return null
  const target = step?.id === null || step === null ? undefined : subPlans.get(step.id)?.inputs[String(second)]
  const isHandedOn = first === 'with' && where.length === 2 && target?.secret === true
  if (isHandedOn && /^\s*\$\{\{\s*inputs\.[\w-]+\s*\}\}\s*$/.test(text)) return null
  return {
    code: 'SECRET_INPUT_HERE',
    span: { start, end },
    message: `the secret input "${named[0]}" may only be used in the env of steps`,
    help: isHandedOn
      ? 'a sub-plan gets it whole: "${{ inputs.NAME }}" and nothing else'
      : 'or be handed on to a secret input of a sub-plan, in "with"',
  }
}

function unknownRoot(
  { root, start }: Reference,
  source: string,
  { outline, graph, suggest }: ExpressionContext,
): Problem {
  const span = { start, end: start + root.length }
  const joined = /[\w-]*-$/.exec(source.slice(0, start))?.[0]
  if (joined !== undefined) {
    const help = `a key with "-" is written ["${joined}${root}"]; a subtraction needs spaces around it`
    return { code: 'EXPRESSION_NAME', span, message: `unknown name "${root}"`, help }
  }
  const help = graph.byId.has(root)
    ? `the outputs of a step are steps.${root}.outputs`
    : Object.hasOwn(outline.inputs, root)
      ? `inputs are read as inputs.${root}`
      : (didYouMean(suggest, root, scopeNames) ?? 'text needs quotes')
  return { code: 'EXPRESSION_NAME', span, message: `unknown name "${root}"`, help }
}

/** A first field that must be one of a closed set; without a field the whole is meant. */
function known(
  code: DiagnosticCode,
  segment: PathSegment | undefined,
  names: readonly string[],
  message: string,
  { suggest }: ExpressionContext,
): Problem | null {
  if (segment === undefined || names.includes(String(segment.name))) return null
  return {
    code,
    span: segment,
    message: `${message} "${segment.name}"`,
    help: didYouMean(suggest, String(segment.name), names),
  }
}

function checkRunMoment({ path, start, end }: Reference, { step, moment }: CheckedText): Problem | null {
  const name = path[0]?.name
  if (name === 'id' || name === undefined || moment === 'end' || step?.phase === 'finally') return null
  const message = `"run.${name}" is not known before the steps are over`
  return {
    code: 'REFERENCE_TOO_EARLY',
    span: { start, end },
    message,
    help: 'use it in "finally" or in the outputs of the plan',
  }
}

function checkMatrix(
  { path, start, end }: Reference,
  { step }: CheckedText,
  context: ExpressionContext,
): Problem | null {
  if (step === null || !('matrix' in step.raw)) {
    return { code: 'EXPRESSION_NAME', span: { start, end }, message: '"matrix" is known in steps with a matrix only' }
  }
  return known('EXPRESSION_NAME', path[0], matrixAxes(step.raw['matrix']), 'the matrix has no', context)
}

function checkStepReference(
  { start, end, path }: Reference,
  place: CheckedText,
  context: ExpressionContext,
): readonly Problem[] {
  const { graph, suggest } = context
  const [id, field] = path
  if (id === undefined) {
    const message = '"steps" needs the id of a step behind it'
    return [{ code: 'EXPRESSION_NAME', span: { start, end }, message, help: 'as in steps.build.outcome' }]
  }
  const name = String(id.name)
  const target = graph.byId.get(name)
  if (target === undefined) {
    const help = didYouMean(suggest, name, graph.ids)
    return [{ code: 'STEP_UNKNOWN', span: id, message: `"${name}" is not a step of this plan`, help }]
  }
  const problems = [checkOrder(name, id, place, context), checkField(name, field, target, context)]
  if (field?.name === 'outputs') {
    problems.push(checkOutput(path.slice(2), outputsSchema(target, context), `steps.${name}.outputs`, context))
  }
  return problems.filter((problem) => problem !== null)
}

const fields = ['outputs', 'outcome', 'cause']

function checkField(
  name: string,
  field: PathSegment | undefined,
  { raw }: StepOutline,
  context: ExpressionContext,
): Problem | null {
  const problem = known('EXPRESSION_NAME', field, fields, `step "${name}" has no`, context)
  if (problem === null || field === undefined) return null
  // `steps.build.version` where `steps.build.outputs.version` is meant is the usual slip.
  const isOutput = outputNames(raw['output_schema'])?.includes(String(field.name)) === true
  return isOutput ? { ...problem, help: `did you mean "steps.${name}.outputs.${field.name}"?` } : problem
}

/** An expression may name what is over for certain: a dependency, direct or not; in `finally` every other step. */
function checkOrder(
  name: string,
  span: Span,
  { step, moment }: CheckedText,
  { graph }: ExpressionContext,
): Problem | null {
  if (moment === 'plan') {
    return {
      code: 'REFERENCE_TOO_EARLY',
      span,
      message: `no step is over when this is evaluated, "${name}" neither`,
      help: 'use it in the env of the steps that need it',
    }
  }
  const target = graph.byId.get(name)
  if (step === null || step.id === null || target === undefined) return null
  if (step.phase === 'finally' && target.phase === 'steps') return null
  if (step.id === name)
    return { code: 'REFERENCE_NOT_ANCESTOR', span, message: `${stepName(step)} names itself, but it is not over yet` }
  if (graph.isAncestor(name, step.id) !== false) return null
  const message = `${stepName(step)} does not depend on "${name}", which may not be over yet`
  const isBelow = graph.isAncestor(step.id, name) === true
  const help = isBelow
    ? `"${name}" comes after ${stepName(step)}`
    : target.phase === 'finally' && step.phase === 'steps'
      ? 'steps of "finally" start when all others are over'
      : `add "${name}" to its depends_on`
  return { code: 'REFERENCE_NOT_ANCESTOR', span, message, help }
}

/** What is known of a step's outputs as its dependants see them: of a matrix or `for_each` they are a list. */
function outputsSchema({ id, raw }: StepOutline, { subPlans }: ExpressionContext): Json | undefined {
  const plan = id === null ? undefined : subPlans.get(id)
  const own = plan === undefined ? raw['output_schema'] : { properties: mapped(plan.outputs) }
  return 'matrix' in raw || 'for_each' in raw ? { type: 'array', items: own ?? {} } : own
}

const mapped = (outputs: JsonObject): JsonObject => Object.fromEntries(Object.keys(outputs).map((name) => [name, {}]))

/** An output must be named by the schema, unless it allows others in so many words. */
function checkOutput(
  path: readonly PathSegment[],
  schema: Json | undefined,
  from: string,
  context: ExpressionContext,
): Problem | null {
  const [segment, ...rest] = path
  if (segment === undefined || !isJsonObject(schema)) return null
  if (typeof segment.name === 'number') return checkOutput(rest, schema['items'], `${from}[${segment.name}]`, context)
  if (schema['type'] === 'array' && from.endsWith('.outputs')) {
    const message = `the outputs are a list, one item for each instance: they have no "${segment.name}"`
    const help = `as in ${from}[0].${segment.name}, or ${from}.map(one, one.${segment.name})`
    return { code: 'OUTPUT_UNKNOWN', span: segment, message, help }
  }
  const { properties, additionalProperties } = schema
  const names = outputNames(schema)
  if (names === null) return null
  const property = isJsonObject(properties) && names.includes(segment.name) ? properties[segment.name] : undefined
  if (property !== undefined) return checkOutput(rest, property, `${from}.${segment.name}`, context)
  if (additionalProperties !== undefined && additionalProperties !== false) return null
  const help = didYouMean(context.suggest, segment.name, names)
  return {
    code: 'OUTPUT_UNKNOWN',
    span: segment,
    message: `the output_schema names no "${segment.name}" in ${from}`,
    help,
  }
}

/** The names that an object's schema lists; `null` when it does not list any, or composes them. */
function outputNames(schema: Json | undefined): readonly string[] | null {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return null
  if (['allOf', 'anyOf', 'oneOf'].some((key) => key in schema)) return null
  return Object.hasOwn(schema, 'properties') ? Object.keys(schema['properties']) : null
}
