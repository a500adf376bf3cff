import { isTorn, splitTemplate } from '../expression/scan.ts'
import { type SourceText, type Span, rangeOf } from '../source-text.ts'
import { type YamlNode, type YamlScalar, visitNodes } from './node.ts'
import type { YamlProblem } from './problem.ts'
import { readYaml } from './read.ts'
import type { YamlTree } from './tree.ts'

/**
 * Parses YAML in which people may have left quotes away around `${{ }}`. Braces, `: ` and ` #` in there break YAML in
 * many ways at many places; when that happened, each such expression gets one diagnostic, and the text is read as if
 * it had been quoted, so that everything else is still checked.
 */
export function readYamlWithExpressions(source: SourceText): YamlTree {
  const tree = readYaml(source)
  const isTooLarge = tree.problems.some(({ code }) => code === 'TEXT_TOO_LARGE')
  if (isTooLarge || !source.text.includes('${{')) return tree
  const isBroken = !tree.isUsable || (tree.root !== null && hasTornExpression(tree.root))
  return isBroken ? (repaired(source) ?? blamed(source, tree)) : tree
}

/** Where repairing is too much: a mistake behind a `${{` on its line is most likely that expression's. */
function blamed({ text, lineStarts }: SourceText, tree: YamlTree): YamlTree {
  const problems = tree.problems.map((problem): YamlProblem => {
    const line = text.slice(lineStarts.findLast((start) => start <= problem.span.start) ?? 0, problem.span.start + 1)
    const at = line.lastIndexOf('${{')
    if (problem.code !== 'YAML_SYNTAX' || (at === -1 && !line.endsWith('$'))) return problem
    const start = problem.span.start + 1 - line.length + (at === -1 ? line.length - 1 : at)
    return {
      code: 'EXPRESSION_UNQUOTED',
      span: { start, end: start + 3 },
      message: unquotedMessage,
      help: 'put the whole text in quotes',
    }
  })
  return { ...tree, problems }
}

const unquotedMessage = 'this expression needs quotes around its text, or YAML takes it apart'

/** Repairing reads the text twice more; a text with more expressions than this is not one that people wrote. */
const maxExpressions = 500
const longestExpression = 5000

/** Whether an unquoted text or key holds only a part of an expression: the rest became a comment, or a map. */
const hasTornExpression = (root: YamlNode): boolean =>
  plainScalars(root).some(({ value }) => typeof value === 'string' && isTorn(value))

function repaired(source: SourceText): YamlTree | null {
  const spans = expressionSpans(source.text)
  if (spans.length > maxExpressions) return null
  const masked = readMasked(source, spans)
  if (masked.root === null) return null
  // Quoted texts and block texts were right as they stood: only what is plain is read masked.
  const plain = plainScalars(masked.root)
  const unquoted = spans.filter((span) => plain.some((scalar) => scalar.start <= span.start && span.end <= scalar.end))
  const tree = readMasked(source, unquoted)
  const toQuote = mustQuote(source, unquoted, tree)
  if (tree.root === null || toQuote.length === 0) return null
  const root = unmasked(tree.root, source.text, unquoted)
  const lines = new Set(toQuote.map(({ span }) => lineOf(source, span)))
  const others = tree.problems.filter(({ span }) => !lines.has(lineOf(source, span)))
  return { ...tree, root, problems: [...others, ...toQuote] }
}

/** The tree of a masked text with the expressions in their places again. */
function unmasked(node: YamlNode, text: string, masked: readonly Span[]): YamlNode {
  const inner = (part: YamlNode): YamlNode => unmasked(part, text, masked)
  switch (node.kind) {
    case 'list':
      return { ...node, items: node.items.map(inner) }
    case 'map':
      return {
        ...node,
        entries: node.entries.map(({ key, value }) => ({
          key: inner(key),
          value: value === null ? null : inner(value),
        })),
      }
    case 'scalar':
      return node.isPlain && masked.some(({ start, end }) => node.start <= start && end <= node.end)
        ? { ...node, value: text.slice(node.start, node.end) }
        : node
    case 'alias':
      return node
  }
}

const lineOf = (source: SourceText, span: Span): number => rangeOf(source, span).line

/** Every `${{ ... }}` of the text that ends on its own line. */
function expressionSpans(text: string): readonly Span[] {
  const spans: Span[] = []
  let at = 0
  while (spans.length <= maxExpressions) {
    const start = text.indexOf('${{', at)
    const close = start === -1 ? -1 : text.indexOf('}}', start)
    if (close === -1) break
    const newline = text.indexOf('\n', start)
    const line = text.slice(start, Math.min(newline === -1 ? text.length : newline, start + longestExpression))
    const [part] = splitTemplate(line)
    if (part?.kind === 'expression' && part.open === 0) spans.push({ start, end: start + part.end })
    at =
      spans.at(-1)?.start === start
        ? spans.at(-1)!.end
        : Math.max(start + 3, newline === -1 ? text.length : Math.min(newline, close))
  }
  return spans
}

const readMasked = (source: SourceText, spans: readonly Span[]): YamlTree => {
  let text = ''
  let at = 0
  for (const { start, end } of spans) {
    text += source.text.slice(at, start) + '_'.repeat(end - start)
    at = end
  }
  return readYaml({ ...source, text: text + source.text.slice(at) })
}

function plainScalars(root: YamlNode): readonly YamlScalar[] {
  const found: YamlScalar[] = []
  visitNodes(root, (node) => {
    if (node.kind === 'scalar' && node.isPlain) found.push(node)
  })
  return found
}

/**
 * The expressions that YAML takes apart: those within `{ }` or `[ ]`, those that hold `: ` or ` #`, and those on a line
 * that is wrong even when they are read as one word.
 */
function mustQuote(source: SourceText, spans: readonly Span[], tree: YamlTree): readonly YamlProblem[] {
  const flows: Span[] = []
  visitNodes(tree.root, (node) => {
    if ((node.kind === 'list' || node.kind === 'map') && node.isFlow) flows.push(node)
  })
  const wrongLines = new Set(tree.problems.map(({ span }) => lineOf(source, span)))
  const needsQuotes = (span: Span): boolean =>
    flows.some((flow) => flow.start < span.start && span.end < flow.end) ||
    /:(\s|$)|\s#/.test(source.text.slice(span.start, span.end + 1)) ||
    wrongLines.has(lineOf(source, span))
  return spans.filter(needsQuotes).map((span) => ({
    code: 'EXPRESSION_UNQUOTED',
    span,
    message: unquotedMessage,
    help: `write "${source.text.slice(span.start, span.end).replaceAll('"', "'")}"`,
  }))
}
