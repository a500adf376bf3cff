/**
 * Text from steps, agents and plans on its way to a reader. What terminals take as commands, and characters that turn
 * the direction of writing, could make it read unlike it is.
 * @see ECMA-48 5.4 and 8.3; https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */

/** One escape sequence: CSI, a string (OSC, DCS, SOS, PM, APC) up to its end, or ESC with its final byte; C1 forms too. */
export const escapeSequence: RegExp = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0007\\u001b\\u0080-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c|$)',
    '\\u001b[ -/]*[0-~]',
  ].join('|'),
  'gu',
)

const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** Control characters and those that turn the direction, shown as what they are: `␛`, `<U+202E>`. */
export const visible = (text: string): string =>
  text.replaceAll(unseen, (char) => {
    if (char === '\n' || char === '\t') return char
    const code = char.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code) // control pictures: ␀ ␁ ␂
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })

/** One line without colours and line ends. `maxLength` counts UTF-16 units. */
export function visibleLine(text: string, maxLength: number): string {
  const line = visible(text.replaceAll(escapeSequence, '').replaceAll(/\s+/gu, ' ').trim())
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`
}
