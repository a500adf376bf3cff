import { type Scalar, isScalar, parseDocument } from 'yaml'
import type { Leaf } from './tree.ts'
import { isBlank, trimmedEnd, trimmedStart } from './white-space.ts'

/** A scalar as it will be written: what its author wrote, as far as indentation and quotes do not matter. */
export function leafOf(node: Scalar.Parsed, text: string): Leaf {
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') return blockOf(node, text)
  const written = trimmedEnd(text.slice(node.range[0], node.range[1]))
  return written.includes('\n') ? brokenOf(written, node.value) : { kind: 'inline', text: requoted(written) }
}

/** Double quotes where both kinds would do without an escape. */
function requoted(written: string): string {
  const isSingle = written.length > 1 && written.startsWith("'")
  return isSingle && !/["\\]|''/.test(written) ? `"${written.slice(1, -1)}"` : written
}

const literally = (value: unknown): Leaf => ({ kind: 'inline', text: JSON.stringify(value) })

function brokenOf(written: string, value: unknown): Leaf {
  const lines = written.split('\n').map((line) => brokenLine(trimmedStart(line)))
  const { contents } = parseDocument(lines.join('\n  '), { schema: 'failsafe', logLevel: 'silent' })
  return isScalar(contents) && contents.value === String(value) ? { kind: 'broken', lines } : literally(value)
}

/** Without the space at its end, unless a backslash in front of that makes it a part of the text. */
const brokenLine = (line: string): string => {
  const end = trimmedEnd(line)
  return end.endsWith('\\') && end !== line ? `${end} ` : end
}

/**
 * The lines of a block scalar as they stand, folded ones too, so that its author's line ends stay. Only `|-`, `|` or `|+`
 * is chosen anew: by the line ends that the value has at its end.
 */
function blockOf(node: Scalar.Parsed, text: string): Leaf {
  const value = String(node.value)
  const [start, end] = node.range
  const headerEnd = text.indexOf('\n', start)
  const content = value.replace(/\n+$/, '')
  if (content === '' || headerEnd === -1 || headerEnd >= end) return literally(value)
  const lines = text.slice(headerEnd + 1, end).split('\n')
  const indent = indentOf(text.slice(start, headerEnd), lines, node)
  const inner = lines.map((line) => line.slice(indent))
  while (inner.length > 0 && isBlank(inner.at(-1) ?? '') && !hasContent(inner.at(-1) ?? '', content)) inner.pop()
  const lineEnds = value.length - content.length
  const chomp = lineEnds === 0 ? '-' : lineEnds === 1 ? '' : '+'
  const first = inner.find((line) => line !== '') ?? ''
  return {
    kind: 'block',
    header: `${text[start]}${first.startsWith(' ') ? '2' : ''}${chomp}`,
    lines: [...inner, ...Array.from({ length: Math.max(0, lineEnds - 1) }, () => '')],
  }
}

/** Whether a line of white space is the end of the value: its spaces are wider than the indentation. */
const hasContent = (line: string, content: string): boolean => line !== '' && content.endsWith(line)

function indentOf(header: string, lines: readonly string[], node: Scalar.Parsed): number {
  const given = /^[|>][-+]?([1-9])/.exec(header)?.[1]
  const { srcToken } = node
  if (given !== undefined && srcToken?.type === 'block-scalar') return srcToken.indent + Number(given)
  const first = lines.find((line) => !isBlank(line)) ?? ''
  return first.length - first.replace(/^ +/, '').length
}
