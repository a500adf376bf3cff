import { type ASTNode, Environment, EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { Json } from '../../base/json.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type Fuel, exhaustedMessage, fullTank, meter } from './fuel.ts'
import { type KnownName, readable } from './hyphens.ts'
import { type Reference, callsIn, childrenOf, referencesIn } from './references.ts'
import { ValueError, fromCel } from './values.ts'

/** What is wrong in an expression, where in its text (UTF-16 offsets), and what to do. */
export type ExpressionProblem = {
  readonly code:
    | 'EXPRESSION_SYNTAX'
    | 'EXPRESSION_TYPE'
    | 'EXPRESSION_NAME'
    | 'EXPRESSION_TOO_LONG'
    | 'EXPRESSION_FUNCTION'
  readonly message: string
  readonly help?: string
  readonly start: number
  readonly end: number
}

/** An expression that was parsed: what it names, and how it is evaluated. */
export type Compiled = {
  readonly references: readonly Reference[]
  /** The type as far as it is known before it runs: `bool`, `string`, `dyn`, ... */
  readonly type: string
  /** Evaluates under the budget that the whole template shares; never throws. */
  readonly run: (context: Readonly<Record<string, unknown>>, budget: Budget) => Result<Json, string>
}

/** What evaluating may still cost: steps of work, and characters of result. */
export type Budget = { readonly fuel: Fuel; readonly room: { left: number } }
export const newBudget = (): Budget => ({ fuel: { left: fullTank }, room: { left: 1024 * 1024 } })

/** The names that an expression may use; `docs/plan-language.md` lists what each holds. */
export const scopeNames = ['inputs', 'steps', 'run', 'plan', 'matrix', 'item', 'index'] as const
export const expressionMaxBytes = 4096

const environment = makeEnvironment()

/**
 * Parses an expression and checks its syntax, its functions and, as far as they are known, its types.
 * Which names exist in a scope is the caller's question: `references` has them all.
 */
export function compile(source: string, known: KnownName): Result<Compiled, readonly ExpressionProblem[]> {
  if (byteLength(source) > expressionMaxBytes) return err([tooLong(source)])
  if (source.trim() === '')
    return err([problem('EXPRESSION_SYNTAX', 'the expression is empty', { start: 0, end: source.length })])
  const { text, names } = readable(source, known)
  try {
    const parsed = environment.parse(text)
    restoreNames(parsed.ast, names)
    const references = referencesIn(parsed.ast)
    const unavailable = callsIn(parsed.ast).filter(({ name }) => name in absent)
    if (unavailable.length > 0) return err(unavailable.map(absentFunction))
    const unknown = references.find(({ root }) => !isKnownRoot(root))
    if (unknown !== undefined) return ok({ references, type: 'dyn', run: () => err(`unknown name "${unknown.root}"`) })
    const checked = parsed.check()
    if (!checked.valid) return err([fromCelError(checked.error, source)])
    return ok({ references, type: checked.type ?? 'dyn', run: runner(parsed, source) })
  } catch (error) {
    return err([fromCelError(error, source)])
  }
}

/** Whether a name is one of the scope, or of CEL itself (`int`, `string`, ... are types, `cel` holds `bind`). */
export const isKnownRoot = (name: string): boolean => environment.hasVariable(name)

function runner(parsed: ReturnType<Environment['parse']>, source: string): Compiled['run'] {
  const fuel: Fuel = { left: 0 }
  meter(parsed.ast, fuel)
  return (context, budget) => {
    fuel.left = budget.fuel.left
    try {
      const value: unknown = parsed(context)
      if (fuel.left < 0) return err(inExpression(exhaustedMessage, source))
      budget.fuel.left = fuel.left
      return ok(fromCel(value, budget.room))
    } catch (error) {
      return err(inExpression(fuel.left < 0 ? exhaustedMessage : reasonOf(error), source))
    }
  }
}

function makeEnvironment(): Environment {
  const made = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 4096, maxDepth: 64, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 },
  })
  for (const name of scopeNames) made.registerVariable(name, 'dyn')
  // Whole JSON numbers are ints, so 2 and 2.5 of one list have different types: arithmetic must be able to mix them.
  const mixed: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  }
  for (const [operator, compute] of Object.entries(mixed)) {
    const handler = (a: number | bigint, b: number | bigint): number => compute(Number(a), Number(b))
    made.registerOperator(`int ${operator} double: double`, handler)
    made.registerOperator(`double ${operator} int: double`, handler)
  }
  return made
}

/** Functions of CEL that can hang on hostile text, or that have no use without a clock. */
const absent: Readonly<Record<string, string>> = {
  matches: 'use contains(), startsWith(), endsWith() or a list: x in ["a", "b"]',
  duration: 'compare numbers of seconds instead',
  timestamp: 'pass times as text, or compare numbers of seconds',
}

const absentFunction = (call: { name: string; start: number; end: number }): ExpressionProblem => ({
  ...problem('EXPRESSION_FUNCTION', `"${call.name}" is not available in expressions`, call),
  help: absent[call.name]!, // the caller found the name in the table
})

/** Puts the names with hyphens back where `readable` took them out. */
function restoreNames(node: ASTNode, names: ReadonlyMap<number, string>): void {
  if (names.size === 0) return
  if (node.op === '.') node.args[1] = names.get(node.pos) ?? node.args[1]
  for (const child of childrenOf(node)) restoreNames(child, names)
}

const problem = (
  code: ExpressionProblem['code'],
  message: string,
  { start, end }: { start: number; end: number },
): ExpressionProblem => ({
  code,
  message,
  start,
  end: Math.max(end, start),
})

const tooLong = (source: string): ExpressionProblem => ({
  ...problem('EXPRESSION_TOO_LONG', `the expression is longer than ${expressionMaxBytes} bytes`, {
    start: 0,
    end: source.length,
  }),
  help: "compute it in a step and use the step's output",
})

/** Operators that other languages write with one character. */
const doubled: Readonly<Record<string, string>> = {
  '=': 'equal is written "=="',
  '&': 'and is written "&&"',
  '|': 'or is written "||"',
}

function fromCelError(error: unknown, source: string): ExpressionProblem {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    const code = error instanceof ParseError ? 'EXPRESSION_SYNTAX' : 'EXPRESSION_TYPE'
    const { start, end } = error.range ?? { start: 0, end: source.length }
    const span = { start: Math.min(start, source.length), end: Math.min(end, source.length) }
    const help = doubled[source.slice(start, start + 1)]
    const found = problem(code, plainWords(error.summary), span)
    return error.code === 'unexpected_character' && help !== undefined ? { ...found, help } : found
  }
  // A stack overflow in deep nesting: the text is to blame, not us.
  return problem('EXPRESSION_SYNTAX', 'the expression is nested too deeply', { start: 0, end: source.length })
}

function reasonOf(error: unknown): string {
  if (error instanceof EvaluationError || error instanceof CelTypeError) return plainWords(error.summary)
  if (error instanceof ValueError) return error.message
  return error instanceof Error ? plainWords(error.message) : String(error)
}

/** The library's `No such key: x` and `Expected RBRACKET, got EOF` in our words. */
function plainWords(text: string): string {
  if (text.startsWith('Exceeded max')) return 'the expression is nested too deeply, or has too many parts'
  return (text.charAt(0).toLowerCase() + text.slice(1))
    .replace(/^no such key: (.*)$/s, 'there is no "$1"')
    .replaceAll(/dyn<(\w+)>/g, '$1')
    .replaceAll(/\b[A-Z]{2,}\b/g, (token) => tokens[token] ?? token)
}

const tokens: Readonly<Record<string, string>> = {
  EOF: 'the end of the expression',
  IDENTIFIER: 'a name',
  NUMBER: 'a number',
  STRING: 'a string',
  BOOLEAN: 'true or false',
  NULL: 'null',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
  DOT: '"."',
}

const inExpression = (reason: string, source: string): string => {
  const text = source.trim()
  return `${reason} in "${text.length > 120 ? `${text.slice(0, 119)}…` : text}"`
}

/** Bytes of a text in UTF-8. */
function byteLength(text: string): number {
  let bytes = 0
  for (const char of text) {
    const code = char.codePointAt(0)! // iteration gives whole characters, never an empty one
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
