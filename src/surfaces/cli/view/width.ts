import { colourSequence } from './safe-text.ts'

const escapes = new RegExp(colourSequence, 'gu')
const betweenEscapes = new RegExp(`(${colourSequence})`, 'u')
/** Made when a text is the first that is not ASCII: that takes as long as Node itself takes to start. */
let segmenter: Intl.Segmenter | null = null
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
/** Wide by the Unicode East Asian Width property (UAX 11), in blocks; and emoji. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u
const ascii = /^[\u0020-\u007e]*$/u

/** How many columns a text takes on a terminal; colours take none. */
export function columnsOf(text: string): number {
  const bare = text.replaceAll(escapes, '')
  if (ascii.test(bare)) return bare.length
  let columns = 0
  for (const { segment } of segmentsOf(bare)) columns += columnsOfOne(segment)
  return columns
}

/** Cuts a line to `max` columns, with an ellipsis when something is lost, and no colour left open. */
export function cutToColumns(text: string, max: number): string {
  if (columnsOf(text) <= max) return text
  let shown = ''
  let columns = 0
  let painted = false
  for (const part of text.split(betweenEscapes)) {
    if (part.startsWith('\u001b')) {
      shown += part
      painted = part !== '\u001b[0m'
      continue
    }
    for (const { segment } of segmentsOf(part)) {
      columns += columnsOfOne(segment)
      if (columns > max - 1) return max < 1 ? '' : `${shown}…${painted ? '\u001b[0m' : ''}`
      shown += segment
    }
  }
  return shown
}

export const padColumns = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)))

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter()
  return segmenter.segment(text)
}

function columnsOfOne(segment: string): number {
  if (zeroWidth.test(segment)) return 0
  return wide.test(segment) ? 2 : 1
}
