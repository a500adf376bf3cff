import type { Cause, Outcome } from '../base/cause.ts'
import { type StepId, stepId } from '../base/ids.ts'
import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import { type Result, err, ok } from '../base/result.ts'
import { type Budget, type Compiled, type ExpressionProblem, compile, newBudget } from './expression/cel.ts'
import type { KnownName } from './expression/hyphens.ts'
import { splitTemplate } from './expression/scan.ts'
import { outputsToCel, toCel } from './expression/values.ts'
import type { Expression, Template } from './plan.ts'

/** What an expression can see. Only the steps that it names (`referencedSteps`) need to be in `steps`. */
export type Scope = {
  readonly inputs: JsonObject
  readonly steps: { readonly [id: string]: StepScope }
  readonly run: { readonly id: string; readonly outcome: Outcome | null; readonly report: Json }
  readonly plan: { readonly name: string }
  readonly matrix?: JsonObject
  readonly item?: Json
  readonly index?: number
}
export type StepScope = { readonly outcome: Outcome | null; readonly cause: Cause | null; readonly outputs: Json }

/**
 * The value of a template: strings that are one whole `${{ expression }}` become its value, with its type; other
 * strings are built, from strings as they are and other values as compact JSON. Keys of objects are left alone.
 * An error is one sentence for people (`expression_failed`); nothing is thrown, whatever the text or the values are.
 */
export function evaluateTemplate(template: Template, scope: Scope): Result<Json, string> {
  const budget = newBudget()
  const context = contextOf(scope)
  const walk = (value: Json): Result<Json, string> => {
    if (typeof value === 'string') return evaluateText(value, context, knownIn(scope), budget)
    if (typeof value !== 'object' || value === null) return ok(value)
    if (!isJsonObject(value)) return all(value.map((item) => walk(item)))
    const items = all(Object.values(value).map((item) => walk(item)))
    return items.ok ? ok(Object.fromEntries(Object.keys(value).map((key, at) => [key, items.value[at]!]))) : items
  }
  return walk(template)
}

/**
 * The text of a prompt, in which each value is written as `shown` says; a prompt that is one whole expression is its value.
 */
export function evaluatePrompt(
  prompt: Template & string,
  scope: Scope,
  shown: (value: Json, source: string) => string,
): Result<Json, string> {
  return evaluateText(prompt, contextOf(scope), knownIn(scope), newBudget(), shown)
}

/** The value of a condition, which must be true or false. */
export function evaluateCondition(source: Expression, scope: Scope): Result<boolean, string> {
  const result = run(source, contextOf(scope), knownIn(scope), newBudget())
  if (!result.ok) return result
  if (typeof result.value === 'boolean') return ok(result.value)
  const shown = JSON.stringify(result.value).slice(0, 80)
  return err(`the condition must be true or false, not ${shown}, in "${source.trim().slice(0, 120)}"`)
}

/** The steps whose state must be in the scope. Given a text without `${{ }}`, it is read as an expression. */
export function referencedSteps(templateOrExpression: Template | Expression): readonly StepId[] {
  return [...new Set(stepPathsIn(templateOrExpression).map(([id]) => stepId(id)))]
}

/** The places in outputs of steps that are read, as `referencedSteps` reads a text; not those that are computed. */
export function referencedOutputs(
  templateOrExpression: Template | Expression,
): readonly { readonly step: StepId; readonly path: readonly string[] }[] {
  return stepPathsIn(templateOrExpression).flatMap(([id, part, ...path]) =>
    part === 'outputs' && path.length > 0 ? [{ step: stepId(id), path }] : [],
  )
}

/** Whether an expression of a template reads one of these inputs, or may read any of them. */
export function readsInput(template: Template, names: readonly string[]): boolean {
  if (typeof template === 'string') {
    return splitTemplate(template).some((part) => {
      if (part.kind !== 'expression') return false
      const compiled = compileCached(part.source, (_, name) => names.includes(name))
      const references = compiled.ok ? compiled.value.references : []
      return references.some(({ root, path }) => {
        const name = path[0]?.name
        return root === 'inputs' && (name === undefined || names.includes(String(name)))
      })
    })
  }
  return (
    typeof template === 'object' && template !== null && Object.values(template).some((part) => readsInput(part, names))
  )
}

/** The names that the expressions of a template read, as far as their first field: `inputs.version` is `inputs`, `version`. */
export function rootsIn(template: Template): readonly { readonly root: string; readonly name: string | null }[] {
  if (typeof template !== 'string') {
    return typeof template === 'object' && template !== null
      ? Object.values(template).flatMap((part) => rootsIn(part))
      : []
  }
  return splitTemplate(template).flatMap((part) => {
    if (part.kind !== 'expression') return []
    const compiled = compileCached(part.source, () => true)
    const references = compiled.ok ? compiled.value.references : []
    return references.map(({ root, path }) => ({ root, name: path[0] === undefined ? null : String(path[0].name) }))
  })
}

/** The first words of the names that an expression uses: `inputs`, `steps`, `matrix`, ... */
export function rootsOf(source: Expression): readonly string[] {
  const compiled = compileCached(source, () => false)
  return compiled.ok ? compiled.value.references.map(({ root }) => root) : []
}

/** The places within `item` that are read: `item.path` is `path`. */
export const itemPaths = (template: Template | Expression): readonly (readonly string[])[] =>
  pathsIn(template).flatMap(([root, ...path]) => (root === 'item' ? [path] : []))

/** `steps.a.outputs.x` as `a`, `outputs`, `x`. */
const stepPathsIn = (template: Template | Expression): readonly (readonly [string, ...string[]])[] =>
  pathsIn(template).flatMap(([root, id, ...rest]) => (root === 'steps' && id !== undefined ? [[id, ...rest]] : []))

/** The names that are read, each up to where a number or a computed name comes. */
function pathsIn(templateOrExpression: Template | Expression): readonly (readonly string[])[] {
  const found: string[][] = []
  const collect = (source: string): void => {
    const compiled = compileCached(source, () => false)
    for (const { root, path } of compiled.ok ? compiled.value.references : []) {
      const names = path.map(({ name }) => name)
      const end = names.findIndex((name) => typeof name !== 'string')
      found.push([root, ...(end < 0 ? names : names.slice(0, end)).map(String)])
    }
  }
  const walk = (value: Json): void => {
    if (typeof value === 'string') {
      if (!value.includes('${{')) collect(value)
      else for (const part of splitTemplate(value)) if (part.kind === 'expression') collect(part.source)
    } else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) walk(item)
  }
  walk(templateOrExpression)
  return found
}

const plainly = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function evaluateText(
  text: string,
  context: Context,
  known: KnownName,
  budget: Budget,
  shown: (value: Json, source: string) => string = plainly,
): Result<Json, string> {
  if (!text.includes('${{')) return ok(text)
  const parts = splitTemplate(text)
  const [only] = parts
  if (parts.length === 1 && only?.kind === 'expression') return run(only.source, context, known, budget)
  let built = ''
  for (const part of parts) {
    if (part.kind === 'unterminated') return err('an expression is not closed by "}}"')
    if (part.kind === 'text') {
      built += part.text
      continue
    }
    const value = run(part.source, context, known, budget)
    if (!value.ok) return value
    built += shown(value.value, part.source)
  }
  return ok(built)
}

type Context = Readonly<Record<string, unknown>>

function run(source: string, context: Context, known: KnownName, budget: Budget): Result<Json, string> {
  const compiled = compileCached(source, known)
  if (compiled.ok) return compiled.value.run(context, budget)
  return err(`${compiled.error[0]?.message ?? 'it cannot be read'} in "${source.trim().slice(0, 120)}"`)
}

/** Absent names stay absent, so that using them is an error of the expression. */
function contextOf(scope: Scope): Context {
  const context: Record<string, unknown> = {
    inputs: toCel(scope.inputs),
    steps: new Map(Object.entries(scope.steps).map(([id, step]) => [id, stepToCel(step)])),
    run: toCel(scope.run),
    plan: toCel(scope.plan),
  }
  for (const name of ['matrix', 'item', 'index'] as const) {
    const value = scope[name]
    if (value !== undefined) context[name] = toCel(value)
  }
  return context
}

const stepToCel = ({ outcome, cause, outputs }: StepScope): unknown =>
  new Map<string, unknown>([
    ['outcome', outcome],
    ['cause', cause],
    ['outputs', outputsToCel(outputs)],
  ])

const knownIn =
  (scope: Scope): KnownName =>
  (root, name) =>
    Object.hasOwn(scope[root] ?? {}, name)

function all(results: readonly Result<Json, string>[]): Result<Json[], string> {
  const values: Json[] = []
  for (const result of results) {
    if (!result.ok) return result
    values.push(result.value)
  }
  return ok(values)
}

const cacheSize = 2000
const cache = new Map<string, Result<Compiled, readonly ExpressionProblem[]>>()

/** Parsing is most of an expression's cost, and the same texts come again with every attempt. */
function compileCached(source: string, known: KnownName): Result<Compiled, readonly ExpressionProblem[]> {
  // What `inputs.a-b` means depends on the inputs that there are.
  if (/\b(?:inputs|matrix)\s*\.\s*\w+-/.test(source)) return compile(source, known)
  const before = cache.get(source)
  if (before !== undefined) return before
  const compiled = compile(source, known)
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!) // it is full, so it has a first key
  cache.set(source, compiled)
  return compiled
}
