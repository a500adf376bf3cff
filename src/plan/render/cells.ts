/** One character as a terminal shows it, and how many columns it takes. */
export type Cell = { readonly text: string; readonly width: number }

/** The characters of a piece of a line: tabs as spaces, what is invisible or a command in a visible form. */
export function cellsOf(text: string): readonly Cell[] {
  return Array.from(text, (char) => {
    if (char === '\t') return { text: '  ', width: 2 }
    const shown = visible(char)
    if (shown !== char) return { text: shown, width: shown.length }
    return { text: char, width: combining.test(char) ? 0 : isWide(char) ? 2 : 1 }
  })
}

/** A text that a terminal shows and does not obey: control, format and half characters in a visible form. */
export const visible = (text: string): string => text.replaceAll(invisible, (char) => picture(char.codePointAt(0) ?? 0))

// Control characters, format characters (direction, joiners, zero width) and lone surrogates; marks that combine stay.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const combining = /^\p{M}$/u

const picture = (code: number): string => {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  return code === 0x7f ? '\u2421' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}

/** First and last code points of what takes two columns (Unicode East Asian Width W and F, and emoji). */
const wideRanges = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
] as const

function isWide(char: string): boolean {
  const code = char.codePointAt(0) ?? 0
  return code >= 0x1100 && wideRanges.some(([first, last]) => code >= first && code <= last)
}
