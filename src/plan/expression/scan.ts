/** A piece of a template: literal text, or an expression and where its text lies in the template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'expression'
      readonly source: string
      readonly start: number
      readonly open: number
      readonly end: number
    }
  | { readonly kind: 'unterminated'; readonly open: number }

/**
 * Cuts a template into literal text and `${{ expression }}`s; `$${{` is a literal `${{`.
 * Offsets count UTF-16 units: `open` is the `$`, `start` the first character of the expression, `end` is behind `}}`.
 */
export function splitTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let text = ''
  let at = 0
  for (;;) {
    const open = template.indexOf('${{', at)
    if (open === -1) break
    if (template[open - 1] === '$' && open > at) {
      text += `${template.slice(at, open - 1)}\${{`
      at = open + 3
      continue
    }
    text += template.slice(at, open)
    const close = findClose(template, open + 3)
    if (close === -1) return [...parts, ...literal(text), { kind: 'unterminated', open }]
    parts.push(...literal(text))
    parts.push({ kind: 'expression', source: template.slice(open + 3, close), start: open + 3, open, end: close + 2 })
    text = ''
    at = close + 2
  }
  return [...parts, ...literal(text + template.slice(at))]
}

/** Whether a template ends within an expression. */
export const isTorn = (template: string): boolean =>
  template.includes('${{') && splitTemplate(template).at(-1)?.kind === 'unterminated'

/** The expression of a condition, whose `${{ }}` is optional, and where it starts in the text. */
export function unwrapCondition(text: string): { readonly source: string; readonly start: number } {
  const lead = text.length - text.trimStart().length
  const [part, ...rest] = splitTemplate(text.trim())
  return part?.kind === 'expression' && rest.length === 0
    ? { source: part.source, start: lead + part.start }
    : { source: text, start: 0 }
}

/** The index behind a string literal that starts at `at`; `null` when it is not closed. */
export function skipString(text: string, at: number): number | null {
  const quote = text[at]!
  const fence = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
  for (let i = at + fence.length; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text.startsWith(fence, i)) return i + fence.length
  }
  return null
}

const literal = (text: string): readonly TemplatePart[] => (text === '' ? [] : [{ kind: 'text', text }])

/** The place of the `}}` that ends an expression: not one within a string or of a map. */
function findClose(text: string, from: number): number {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const char = text[i]
    if (char === '"' || char === "'") {
      const end = skipString(text, i)
      // An open string would hide the end: take the next one, so that the expression's own error is shown.
      if (end === null) return text.indexOf('}}', from)
      i = end - 1
    } else if (char === '{') depth++
    else if (char === '}' && depth > 0) depth--
    else if (char === '}' && text[i + 1] === '}') return i
  }
  return text.indexOf('}}', from)
}
