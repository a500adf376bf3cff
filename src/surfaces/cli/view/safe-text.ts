import { escapeSequence as sequence, visible, visibleLine } from '../../../base/visible.ts'

/**
 * Text from steps, agents and plans on its way to a terminal. It could move the cursor, set the clipboard or the title,
 * or hide what it says; so colours pass (where they may), other sequences vanish, and lone control characters are
 * shown as what they are.
 * @see ECMA-48 5.4 and 8.3; https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */

/** SGR: colours and weight. The source of a regular expression. */
export const colourSequence = '\\u001b\\[[0-9;:]*m'
const colour = new RegExp(`^${colourSequence}$`, 'u')

/** What a chunk may end with and be incomplete: the start of a sequence, or a CR whose LF is still to come. */
const unfinished = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*$',
    '\\u001b[\\]PX^_][^\\u0007\\u001b\\u009c]{0,4096}\\u001b?$',
    '\\u001b[ -/]*$',
    '\\r$',
  ].join('|'),
  'u',
)

/** One line, for the middle of our own: no colours, no line ends. `maxLength` counts UTF-16 units. */
export const safeLine = (text: string, maxLength = 512): string => visibleLine(text, maxLength)

/** One line that is to be copied: the spaces that it begins with mean something. */
export const safeIndented = (text: string): string => `${/^ */.exec(text)?.[0] ?? ''}${safeLine(text, 8192)}`

/** Several lines as they are, with colours if `color`; a lone CR (progress bars) begins a new line. */
export function safeLines(text: string, color: boolean): string {
  return reveal(text.replaceAll(/\r\n?/gu, '\n'), color)
}

/** `safeLines` for a stream whose chunks may end anywhere. `end` gives what was held back. */
export function safeStream(color: boolean): { push(chunk: string): string; end(): string } {
  let held = ''
  return {
    push(chunk) {
      const text = held + chunk
      held = unfinished.exec(text)?.[0] ?? ''
      return safeLines(text.slice(0, text.length - held.length), color)
    },
    end() {
      const rest = safeLines(held, color)
      held = ''
      return rest
    },
  }
}

function reveal(text: string, color = false): string {
  let shown = ''
  let from = 0
  for (const match of text.matchAll(sequence)) {
    shown += visible(text.slice(from, match.index))
    if (color && colour.test(match[0])) shown += match[0]
    from = match.index + match[0].length
  }
  return shown + visible(text.slice(from))
}
