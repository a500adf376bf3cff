import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import { asJson } from './as-json.ts'
import { splitTemplate, unwrapCondition } from './expression/scan.ts'
import type { Step as StepDocument } from './generated/plan-document.ts'

/**
 * A step with a matrix or a `for_each` as the one step that a simulation runs: its expressions see the first
 * combination, or the first item.
 */
export function simulatedInstance(step: StepDocument): StepDocument {
  if (step.matrix === undefined && step.for_each === undefined) return step
  const names =
    step.matrix === undefined ? firstItem(step.for_each ?? []) : { matrix: celLiteral(firstCombination(step.matrix)) }
  const { when, if: alias, ...rest } = step
  const condition = when ?? alias
  const instance: StepDocument = { ...rest, agent: 'auto' }
  for (const key of ['prompt', 'env', 'with', 'approval'] as const) {
    const value = step[key]
    if (value !== undefined) Object.assign(instance, { [key]: bound(asJson(value), names) })
  }
  return typeof condition === 'string'
    ? { ...instance, when: bind(unwrapCondition(condition).source, names) }
    : condition === undefined
      ? instance
      : { ...instance, when: condition }
}

type Bindings = { readonly [name: string]: string }

/** A template in which every expression sees the given names. */
function bound(value: Json, names: Bindings): Json {
  if (Array.isArray(value)) return value.map((item) => bound(item, names))
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bound(item, names)]))
  if (typeof value !== 'string' || !value.includes('${{')) return value
  return splitTemplate(value)
    .map((part) => {
      if (part.kind === 'text') return part.text.split('${{').join('$${{')
      return part.kind === 'expression' ? `\${{ ${bind(part.source, names)} }}` : ''
    })
    .join('')
}

const bind = (source: string, names: Bindings): string =>
  Object.entries(names).reduce(
    (text, [name, value]) => (new RegExp(`\\b${name}\\b`).test(source) ? `cel.bind(${name}, ${value}, ${text})` : text),
    source.trim(),
  )

function firstCombination({ include, ...axes }: JsonObject): JsonObject {
  const entries = Object.entries(axes).flatMap(([name, values]) =>
    name === 'exclude' || first(values) === null ? [] : [[name, first(values)] as const],
  )
  const [added] = [include ?? []].flat()
  return entries.length > 0 ? Object.fromEntries(entries) : isJsonObject(added) ? added : {}
}

const first = (values: Json): Json => (Array.isArray(values) ? (values[0] ?? null) : null)

const firstItem = (list: readonly Json[] | string): Bindings =>
  typeof list === 'string'
    ? { item: `(${unwrapCondition(list).source.trim()})[0]`, index: '0' }
    : { item: celLiteral(list[0] ?? null), index: '0' }

/** JSON is CEL, but for whole numbers beyond 64 bits, which a plan cannot hold. */
const celLiteral = (value: Json): string => JSON.stringify(value)
