import type { DiagnosticCode } from '../codes.ts'
import type { Span } from '../source-text.ts'

/** A mistake in a YAML text. */
export type YamlProblem = {
  readonly code: DiagnosticCode
  readonly span: Span
  readonly message: string
  readonly help?: string | undefined
}

/** Nesting of lists and maps; nothing that people write comes near. */
export const maxDepth = 64

export const tooDeep = (span: Span): YamlProblem => ({
  code: 'YAML_TOO_DEEP',
  span,
  message: `lists and maps may be nested ${maxDepth} deep`,
  help: 'flatten it',
})

/**
 * Scalars and indicators (`- : , [ ] { }`) of a text: far more than 10,000 steps need, so that a text of nothing else
 * costs neither time nor memory.
 */
export const maxParts = 400_000

export const tooManyParts = (at: number): YamlProblem => ({
  code: 'TEXT_TOO_LARGE',
  span: { start: at, end: at + 1 },
  message: 'the file has too many parts',
  help: 'split it into several plans',
})

export const secondDocument = (at: number): YamlProblem => ({
  code: 'YAML_MULTIPLE_DOCUMENTS',
  span: { start: at, end: at + 3 },
  message: 'a second document starts here; a file holds one',
  help: 'put it into a file of its own',
})

/** Anchors, aliases, tags and directives, told by their lexeme: YAML that says one thing and does another. */
export function forbiddenLexeme(lexeme: string, span: Span): YamlProblem | null {
  const shown = lexeme.trim()
  switch (lexeme.charAt(0)) {
    case '&':
      return {
        code: 'YAML_ANCHOR',
        span,
        message: `an anchor ("${shown}") is not accepted`,
        help: 'write the value where it is used',
      }
    case '*':
      return {
        code: 'YAML_ANCHOR',
        span,
        message: `an alias ("${shown}") is not accepted`,
        help: 'write the value out; a text that starts with "*" needs quotes',
      }
    case '!':
      return {
        code: 'YAML_TAG',
        span,
        message: `a tag ("${shown}") is not accepted`,
        help: 'remove it; a text that starts with "!" needs quotes',
      }
    case '%':
      return {
        code: 'YAML_DIRECTIVE',
        span,
        message: `a directive ("${shown}") is not accepted`,
        help: 'remove the line; plans are YAML 1.2',
      }
    default:
      return null
  }
}
