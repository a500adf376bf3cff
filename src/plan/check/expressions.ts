import { compile } from '../expression/cel.ts'
import type { KnownName } from '../expression/hyphens.ts'
import { splitTemplate, unwrapCondition } from '../expression/scan.ts'
import { envNameFor } from './env-name.ts'
import type { Span } from '../source-text.ts'
import { type CheckedText, type ExpressionContext, matrixAxes } from './checked-text.ts'
import { checkReference } from './references.ts'

/** Checks every expression of a text: its syntax, names and type, and whether it may stand there at all. */
export function checkText(place: CheckedText, context: ExpressionContext): void {
  const { text, rule, report, spanOf } = place
  if (rule === 'free') return
  if (rule === 'condition' || rule === 'list') return checkWhole(place, context)
  for (const part of splitTemplate(text)) {
    if (part.kind === 'text') continue
    if (part.kind === 'expression') checkPart(place, part, context)
    else if (rule === 'template') {
      const span = spanOf({ start: part.open, end: part.open + 3 })
      const help = 'close it, or write "$${{" for a literal "${{"'
      report('EXPRESSION_SYNTAX', span, 'this expression is not closed by "}}"', { help })
    }
  }
}

type ExpressionPart = Extract<ReturnType<typeof splitTemplate>[number], { kind: 'expression' }>

function checkPart(place: CheckedText, part: ExpressionPart, context: ExpressionContext): void {
  const { rule, report, spanOf } = place
  const span = spanOf({ start: part.open, end: part.end })
  if (rule === 'command') {
    const name = envNameFor(part.source)
    report(
      'EXPRESSION_IN_RUN',
      span,
      'a shell script is never changed by expressions, so that no value becomes a command',
      {
        help: `pass it by the environment: env: { ${name}: "\${{ ${part.source.trim().replaceAll('"', "'")} }}" }, and write "$${name}" in the script`,
      },
    )
  } else if (rule === 'plain') {
    const help = 'expressions work in env, when, prompt, with, for_each, agent and outputs'
    report('EXPRESSION_NOT_HERE', span, 'expressions are not evaluated here', { help })
  } else checkSource(place, part.source, part.start, context)
}

/** A condition or the list of `for_each`: the whole text is one expression. */
function checkWhole(place: CheckedText, context: ExpressionContext): void {
  const { text, rule, report, spanOf } = place
  const { source, start } = unwrapCondition(text)
  if (source.includes('${{')) {
    const help = 'write it without "${{ }}", or put one around the whole'
    report('EXPRESSION_SYNTAX', spanOf({ start: 0, end: text.length }), 'this must be one expression', { help })
    return
  }
  const type = checkSource(place, source, start, context)
  const wanted = rule === 'condition' ? 'bool' : 'list'
  if (type === null || type === 'dyn' || type.startsWith(wanted)) return
  const message = `${rule === 'condition' ? 'a condition must be true or false' : 'this must be a list'}, but it is ${typeName(type)}`
  report('EXPRESSION_TYPE', spanOf({ start, end: start + source.length }), message, {
    help: rule === 'condition' ? 'compare it with something, as in x == "y"' : undefined,
  })
}

/** Returns the type of the expression, `null` when it is wrong. */
function checkSource(place: CheckedText, source: string, offset: number, context: ExpressionContext): string | null {
  const { report, spanOf } = place
  const at = ({ start, end }: Span): Span => spanOf({ start: start + offset, end: end + offset })
  const compiled = compile(source, knownNames(place, context))
  if (!compiled.ok) {
    for (const { code, message, help, start, end } of compiled.error)
      report(code, at({ start, end }), message, { help })
    return null
  }
  let isRight = true
  for (const reference of compiled.value.references) {
    for (const problem of checkReference(reference, source, place, context)) {
      isRight = false
      report(problem.code, at(problem.span), problem.message, { help: problem.help })
    }
  }
  return isRight ? compiled.value.type : null
}

function knownNames({ step }: CheckedText, { outline }: ExpressionContext): KnownName {
  const axes = matrixAxes(step?.raw['matrix'])
  return (root, name) => (root === 'inputs' ? Object.hasOwn(outline.inputs, name) : axes.includes(name))
}

const typeName = (type: string): string =>
  ({ string: 'text', int: 'a number', double: 'a number', uint: 'a number', bool: 'true or false', null: 'null' })[
    type
  ] ?? (type.startsWith('map') ? 'a map' : type.startsWith('list') ? 'a list' : `a ${type}`)
