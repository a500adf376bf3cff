import type { YamlProblem } from './problem.ts'

/** A mistake as the yaml package tells it. */
export type LibraryError = {
  readonly at: number
  readonly end: number
  readonly code: string
  readonly message: string
}

/** Mistakes that leave the tree as its author meant it. */
const harmless = new Set(['BAD_DQ_ESCAPE', 'BAD_SCALAR_START', 'TAG_RESOLVE_FAILED', 'BAD_DIRECTIVE', 'BAD_ALIAS'])
/** Mistakes that are told elsewhere: tags and directives by their lexeme. */
const toldElsewhere = new Set(['TAG_RESOLVE_FAILED', 'BAD_DIRECTIVE', 'MULTIPLE_DOCS'])

export const isHarmless = ({ code }: LibraryError): boolean => harmless.has(code)

/** One problem per line: what follows a mistake on its line, and what the parser could not place after it, is its echo. */
export function syntaxProblems(
  errors: readonly LibraryError[],
  lineOf: (offset: number) => number,
): readonly YamlProblem[] {
  const problems: YamlProblem[] = []
  let last = -1
  for (const error of errors.toSorted((a, b) => a.at - b.at)) {
    const line = lineOf(error.at)
    const isEcho = problems.length > 0 && (line === last || error.message.includes('in YAML stream'))
    if (isEcho || toldElsewhere.has(error.code)) continue
    problems.push(asProblem(error))
    last = line
  }
  return problems
}

function asProblem({ at, end, code, message }: LibraryError): YamlProblem {
  const words = wording[code]?.(message) ?? { message: lowered(message) }
  return {
    code: words.code ?? 'YAML_SYNTAX',
    span: { start: at, end: Math.max(end, at + 1) },
    message: words.message,
    help: words.help,
  }
}

type Words = { readonly code?: YamlProblem['code']; readonly message: string; readonly help?: string }

const wording: Readonly<Record<string, (message: string) => Words>> = {
  TAB_AS_INDENT: () => ({ message: 'a tab cannot indent', help: 'indent with spaces' }),
  BLOCK_AS_IMPLICIT_KEY: () => ({
    message: 'a value on the same line as its key cannot hold another "key: value"',
    help: 'put quotes around a text that holds ": ", or start a new line',
  }),
  MULTILINE_IMPLICIT_KEY: () => ({
    message: 'this is neither a "key: value" nor a continued text',
    help: 'write a space behind the ":" of a key, and mind the indentation',
  }),
  BAD_SCALAR_START: (message) => ({
    message: `a text cannot start with "${message.at(-1)}" without quotes`,
    help: 'put it in quotes',
  }),
  BAD_DQ_ESCAPE: (message) => ({
    message: lowered(message),
    help: 'in double quotes write "\\\\" for a backslash, or use single quotes',
  }),
  NON_STRING_KEY: () => ({
    code: 'KEY_INVALID',
    message: 'a key must be text, not a list or a map',
    help: 'an expression is written "${{ ... }}", in quotes; other text that starts with "{" or "[" needs quotes too',
  }),
  BAD_INDENT: (message) => ({
    message: /Flow (map|sequence)/.test(message)
      ? `this ${message.includes('map') ? 'map' : 'list'} is not closed by "${message.includes('map') ? '}' : ']'}"`
      : lowered(message),
    help: 'mind the indentation and the brackets above',
  }),
  MISSING_CHAR: (message) => missing(message),
  UNEXPECTED_TOKEN: (message) => ({
    message: unexpected(message),
    help: 'mind the indentation, quotes and brackets above',
  }),
}

function missing(message: string): Words {
  if (message.startsWith('Missing closing'))
    return { message: `a quote (${message.at(-6)}) is not closed`.replace(/\(.\)/, quoteIn(message)) }
  if (message.startsWith('Implicit map keys')) {
    return { message: 'this line is not "key: value"', help: 'write a ":" and a space behind the key' }
  }
  if (message.startsWith('Sequence item')) {
    return { message: 'this line is indented like a list item, but has no "-"', help: 'align it with the line above' }
  }
  return { message: lowered(message) }
}

const quoteIn = (message: string): string => (message.includes('"quote') ? '(")' : "(')")

const unexpected = (message: string): string => {
  const token = /Unexpected ([a-z-]+)/.exec(message)?.[1] ?? 'text'
  return `${tokenNames[token] ?? `a ${token}`} cannot stand here`
}

const tokenNames: Readonly<Record<string, string>> = {
  scalar: 'this text',
  'flow-map-start': 'a "{"',
  'flow-map-end': 'a "}"',
  'flow-seq-start': 'a "["',
  'flow-seq-end': 'a "]"',
  'map-value-ind': 'a ":"',
  'block-seq-ind': 'a "-"',
  'seq-item-ind': 'a "-"',
  comma: 'a ","',
}

const lowered = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)
