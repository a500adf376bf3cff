import { compile } from '../expression/cel.ts'
import type { KnownName } from '../expression/hyphens.ts'
import { splitTemplate, unwrapCondition } from '../expression/scan.ts'
import { envNameFor } from './env-name.ts'
import { type CheckedText, type ExpressionContext, matrixAxes } from './checked-text.ts'
import { checkReference } from './references.ts'

/** Checks every expression of a text: its syntax, names and type, and whether it may stand there at all. */
export function checkText(place: CheckedText, context: ExpressionContext): void {
  const { text, rule, report, spanOf } = place
  if (rule === 'free') return
  if (rule === 'condition' || rule === 'list') return checkWhole(place, context)
  const check = checkerOf(place, context)
  for (const part of splitTemplate(text)) {
    if (part.kind === 'text') continue
    if (part.kind === 'expression') checkPart(place, part, check)
    else if (rule === 'template') {
      const span = spanOf({ start: part.open, end: part.open + 3 })
      const help = 'close it, or write "$${{" for a literal "${{"'
      report('EXPRESSION_SYNTAX', span, 'this expression is not closed by "}}"', { help })
    }
  }
}

type ExpressionPart = Extract<ReturnType<typeof splitTemplate>[number], { kind: 'expression' }>

function checkPart(place: CheckedText, part: ExpressionPart, check: Check): void {
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
  } else reportAt(part.start, check(part.source), place)
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
  const found = checkerOf(place, context)(source)
  reportAt(start, found, place)
  const { type } = found
  const wanted = rule === 'condition' ? 'bool' : 'list'
  if (type === null || type === 'dyn' || type.startsWith(wanted)) return
  const message = `${rule === 'condition' ? 'a condition must be true or false' : 'this must be a list'}, but it is ${typeName(type)}`
  report('EXPRESSION_TYPE', spanOf({ start, end: start + source.length }), message, {
    help: rule === 'condition' ? 'compare it with something, as in x == "y"' : undefined,
  })
}

/** What an expression is like: its mistakes, at their offsets in it, and its type, `null` when it is wrong. */
type Found = { readonly problems: readonly Problem[]; readonly type: string | null }
type Problem = ReturnType<typeof checkReference>[number]
type Check = (source: string) => Found

/** Checks the expressions of one text. A prompt may have the same one 100,000 times: it is looked at once. */
function checkerOf(place: CheckedText, context: ExpressionContext): Check {
  const known = new Map<string, Found>()
  return (source) => {
    const found = known.get(source) ?? checkSource(source, place, context)
    known.set(source, found)
    return found
  }
}

function checkSource(source: string, place: CheckedText, context: ExpressionContext): Found {
  const compiled = compile(source, knownNames(place, context))
  if (!compiled.ok) return { problems: compiled.error.map((problem) => ({ ...problem, span: problem })), type: null }
  const problems = compiled.value.references.flatMap((reference) => checkReference(reference, source, place, context))
  return { problems, type: problems.length === 0 ? compiled.value.type : null }
}

function reportAt(offset: number, { problems }: Found, { report, spanOf }: CheckedText): void {
  for (const { code, span, message, help } of problems) {
    report(code, spanOf({ start: span.start + offset, end: span.end + offset }), message, { help })
  }
}

function knownNames({ step }: CheckedText, { outline }: ExpressionContext): KnownName {
  const axes = matrixAxes(step?.raw['matrix'])
  return (root, name) => (root === 'inputs' ? Object.hasOwn(outline.inputs, name) : axes.includes(name))
}

const typeName = (type: string): string =>
  ({ string: 'text', int: 'a number', double: 'a number', uint: 'a number', bool: 'true or false', null: 'null' })[
    type
  ] ?? (type.startsWith('map') ? 'a map' : type.startsWith('list') ? 'a list' : `a ${type}`)
