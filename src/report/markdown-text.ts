import { visible, visibleLine } from '../base/visible.ts'

const longestText = 2000

/**
 * Anybody's text as one line of Markdown that reads as it is written. On GitHub and others nothing in it mentions
 * people, closes issues or becomes a link.
 */
export function markdownText(text: string): string {
  return visibleLine(text, longestText)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]|~$]/g, (char) => `\\${char}`)
    .replace(/^(?=[-#=]|\+(?:\s|$))|^\d+(?=[.)](?:\s|$))/, (start) => `${start}\\`)
    .replaceAll(/@|#(?=\d)|:(?=\/\/)|\b(?:gh(?=-\d)|www(?=\.))/gi, (char) => `${char}${apart}`)
}

/** Seen by nobody, and no part of a name, number or address. */
const apart = '&#8203;'

/** The same as code, where only backticks and the ends of table cells mean something. */
export function markdownCode(text: string): string {
  const line = visibleLine(text, longestText).replaceAll('|', '\\|')
  const fence = fenceFor(line, 1)
  const room = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : ''
  return `${fence}${room}${line}${room}${fence}`
}

/** Lines as they are. */
export function markdownBlock(text: string, language: string): string {
  const fence = fenceFor(text, 3)
  return `${fence}${language}\n${visible(text)}\n${fence}`
}

/** Longer than every row of backticks in the text. */
function fenceFor(text: string, least: number): string {
  let longest = 0
  for (const [row] of text.matchAll(/`+/g)) longest = Math.max(longest, row.length)
  return '`'.repeat(Math.max(least, longest + 1))
}
