import type { ASTNode } from '@marcbachmann/cel-js'
import { childrenOf } from './references.ts'

/**
 * What one evaluation may still spend. CEL has no loops without end, but nested `map`s over long lists and doubled
 * strings grow beyond any patience. Measured: a whole tank burns in about 0.2 s.
 */
export type Fuel = { left: number }
export const fullTank = 1_000_000
const longestText = 4 * 1024 * 1024
const longestNeedle = 256
/** An error has a message with a drawing in it, and `all()` may swallow one per item. */
const costOfError = 100

/** Thrown when the tank is empty. One object without a stack: CEL's `&&` and `all()` swallow and go on throwing it. */
const exhausted = Object.assign(new Error(), { stack: '' })
export const exhaustedMessage = 'the expression works too long; filter or shorten its lists and texts first'

type Evaluate = (this: ASTNode, evaluator: unknown, node: ASTNode, context: unknown) => unknown
/** How a value is charged where it is used: texts and lists by their size, times `factor`. */
type Charge = { readonly factor: number; readonly longest: number }

const searches = new Set(['contains', 'indexOf', 'lastIndexOf', 'split'])

/**
 * Makes every node of a parsed expression pay when it is evaluated: one for itself, and the size of its value where
 * an operator or a function goes through all of it.
 *
 * cel-js calls `node.evaluate` and replaces it by the operator's own function at the first call; the accessor keeps
 * ours in front of whichever it is (checked with 8.0.0, which package.json pins; test/plan/expression-limits.test.ts).
 */
export function meter(node: ASTNode, fuel: Fuel, charge: Charge | null = null): void {
  let inner = evaluateOf(node)
  const metered: Evaluate = (evaluator, ast, context) => {
    if (--fuel.left < 0) throw exhausted
    let value: unknown
    try {
      value = inner.call(node, evaluator, ast, context)
    } catch (error) {
      fuel.left -= costOfError
      throw error
    }
    if (charge === null) return value
    fuel.left -= sizeOf(value) * charge.factor
    if (typeof value === 'string' && value.length > charge.longest) fuel.left = -1
    if (fuel.left < 0) throw exhausted
    return value
  }
  const set = (next: Evaluate): void => {
    inner = next
  }
  Object.defineProperty(node, 'evaluate', { get: () => metered, set })
  for (const [child, how] of operands(node)) meter(child, fuel, how)
}

/** @throws TypeError when cel-js has changed: then nothing may be evaluated without a meter */
function evaluateOf(node: ASTNode): Evaluate {
  if ('evaluate' in node && isEvaluate(node.evaluate)) return node.evaluate
  throw new TypeError('a node of cel-js has no evaluate()')
}

const isEvaluate = (value: unknown): value is Evaluate => typeof value === 'function'

const bulk: Charge = { factor: 1, longest: longestText }
// A search in a text of n with a needle of m takes n*m in the worst case (12 s for 1 MiB, measured).
const searched: Charge = { factor: 8, longest: longestText }
const needle: Charge = { factor: 1, longest: longestNeedle }

/** These look at no more than one part of what they are given. */
const light = new Set(['.', '.?', '[]', '[?]', '?:', '||', '&&', '!_', '-_', 'list', 'map'])

function operands(node: ASTNode): readonly (readonly [ASTNode, Charge | null])[] {
  const children = childrenOf(node)
  if (light.has(node.op)) return children.map((child) => [child, null])
  if (node.op !== 'rcall' || !searches.has(node.args[0])) return children.map((child) => [child, bulk])
  return children.map((child, at) => [child, at === 0 ? searched : needle])
}

const sizes = new WeakMap<object, number>()

/** The size of a value in units of 32 characters or 8 items, counted once per object. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length / 32
  if (typeof value !== 'object' || value === null) return 0
  const before = sizes.get(value)
  if (before !== undefined) return before
  let size = 1
  for (const item of itemsOf(value)) size += 1 / 8 + sizeOf(item)
  sizes.set(value, size)
  return size
}

function itemsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return value
  if (value instanceof Map) return value.values()
  return value instanceof Uint8Array ? [] : Object.values(value)
}
