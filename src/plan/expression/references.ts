import type { ASTNode } from '@marcbachmann/cel-js'

/** A name of the scope as an expression uses it: `steps.design.outputs.risk` has the path `design`, `outputs`, `risk`. */
export type Reference = {
  readonly root: string
  /** As far as it is written out; an index that is computed ends it. */
  readonly path: readonly PathSegment[]
  readonly start: number
  readonly end: number
}
export type PathSegment = { readonly name: string | number; readonly start: number; readonly end: number }
/** A function or method that an expression calls. */
export type Call = { readonly name: string; readonly start: number; readonly end: number }

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
type Bound = ReadonlySet<string>

/** Every name that an expression takes from its scope, in order; names bound by `map` and the like are left out. */
export function referencesIn(node: ASTNode, bound: Bound = new Set()): readonly Reference[] {
  if (node.op === 'id') {
    return bound.has(node.args) ? [] : [{ root: node.args, path: [], start: node.start, end: node.end }]
  }
  if (isAccess(node)) return accessReferences(node, bound)
  if (node.op === 'rcall') return callReferences(node.args, bound)
  return childrenOf(node).flatMap((child) => referencesIn(child, bound))
}

export function callsIn(node: ASTNode): readonly Call[] {
  const below = childrenOf(node).flatMap((child) => callsIn(child))
  if (node.op !== 'call' && node.op !== 'rcall') return below
  return [{ name: node.args[0], start: node.start, end: node.end }, ...below]
}

/** The nodes below a node: operands, arguments, items; names and literals are not nodes. */
export const childrenOf = (node: ASTNode): readonly ASTNode[] => [node.args].flat(3).filter((part) => isNode(part))

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part

type Access = Extract<ASTNode, { op: '.' | '.?' | '[]' | '[?]' }>
const isAccess = (node: ASTNode): node is Access => ['.', '.?', '[]', '[?]'].includes(node.op)

function accessReferences(node: Access, bound: Bound): readonly Reference[] {
  const [left, right] = node.args
  const before = referencesIn(left, bound)
  const segment = segmentOf(node)
  const [reference] = before
  if (segment !== null && reference !== undefined && isWrittenOut(left)) {
    return [{ ...reference, path: [...reference.path, segment], end: node.end }]
  }
  return typeof right === 'string' ? before : [...before, ...referencesIn(right, bound)]
}

/** Whether a node is a name with literal fields only, so that one more field goes on with it. */
const isWrittenOut = (node: ASTNode): boolean =>
  node.op === 'id' || (isAccess(node) && segmentOf(node) !== null && isWrittenOut(node.args[0]))

function segmentOf(node: Access): PathSegment | null {
  const right = node.args[1]
  if (typeof right === 'string') return { name: right, start: node.pos, end: node.pos + right.length }
  if (right.op !== 'value') return null
  if (typeof right.args === 'string') return { name: right.args, start: right.start, end: right.end }
  return typeof right.args === 'bigint' ? { name: Number(right.args), start: right.start, end: right.end } : null
}

function callReferences(call: readonly [string, ASTNode, ASTNode[]], bound: Bound): readonly Reference[] {
  const [name, receiver, args] = call
  const [variable, ...rest] = args
  const isBind = name === 'bind' && receiver.op === 'id' && receiver.args === 'cel'
  if (variable?.op !== 'id' || !(isBind || loops.has(name))) {
    return [receiver, ...args].flatMap((part) => referencesIn(part, bound))
  }
  const inner = new Set([...bound, variable.args])
  if (isBind) return rest.flatMap((arg, at) => referencesIn(arg, at === 0 ? bound : inner))
  return [...referencesIn(receiver, bound), ...rest.flatMap((arg) => referencesIn(arg, inner))]
}
