/**
 * Text from steps, agents and plans on its way to a terminal. It could move the cursor, set the clipboard or the title,
 * or hide what it says; so colours pass (where they may), other sequences vanish, and lone control characters are
 * shown as what they are.
 * @see ECMA-48 5.4 and 8.3; https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */

/** One escape sequence: CSI, a string (OSC, DCS, SOS, PM, APC) up to its end, or ESC with its final byte; C1 forms too. */
const sequence = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c|$)',
    '\\u001b[ -/]*[0-~]',
  ].join('|'),
  'gu',
)
/** SGR: colours and weight. The source of a regular expression. */
export const colourSequence = '\\u001b\\[[0-9;:]*m'
const colour = new RegExp(`^${colourSequence}$`, 'u')
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

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
export function safeLine(text: string, maxLength = 512): string {
  const line = reveal(text.replaceAll(sequence, '').replaceAll(/\s+/gu, ' ').trim())
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`
}

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

const visible = (text: string): string =>
  text.replaceAll(unseen, (char) => {
    if (char === '\n' || char === '\t') return char
    const code = char.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code) // control pictures: ␀ ␁ ␂
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
