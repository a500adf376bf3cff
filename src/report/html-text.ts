import { visible, visibleLine } from '../base/visible.ts'

/** Text that is HTML already. Everything else that a template is given is escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Html[]

const longestText = 4000

/** A piece of HTML. What is put in is text, shown as it is, unless it is `Html`. Attributes must be in double quotes. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(fixed.map((text, at) => `${text}${at < parts.length ? partOf(parts[at]!) : ''}`).join(''))
}

export const nothing: Html = new Html('')

/** Lines as they are, for `<pre>`. */
export const htmlLines = (text: string): Html => new Html(escaped(visible(text)))

function partOf(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'string' || typeof part === 'number') return escaped(visibleLine(`${part}`, longestText))
  return part.map((one) => one.text).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char)
