import type { Output } from '../deps.ts'

type Paint = (text: string) => string

/** Colours by meaning. Without colour every one of them leaves the text as it is. */
export type Palette = {
  readonly color: boolean
  readonly good: Paint
  readonly bad: Paint
  readonly busy: Paint
  readonly asks: Paint
  readonly faint: Paint
  readonly strong: Paint
}

const sgr =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`
const plain: Paint = (text) => text

export const colored: Palette = {
  color: true,
  good: sgr(32),
  bad: sgr(31),
  busy: sgr(36),
  asks: sgr(33),
  faint: sgr(2),
  strong: sgr(1),
}

export const uncolored: Palette = {
  color: false,
  good: plain,
  bad: plain,
  busy: plain,
  asks: plain,
  faint: plain,
  strong: plain,
}

type Environment = { readonly [name: string]: string | undefined }

/** Colours only where a person looks at them; `FORCE_COLOR` and `NO_COLOR` decide otherwise (no-color.org). */
export function paletteFor(stream: Output, env: Environment): Palette {
  if (isSet(env['NO_COLOR']) || env['TERM'] === 'dumb') return uncolored
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] === '0' ? uncolored : colored
  return stream.isTTY === true ? colored : uncolored
}

/** Whether a picture that redraws itself may be shown: a real terminal that nobody asked to be kept plain. */
export function mayRedraw(stream: Output, env: Environment): boolean {
  return stream.isTTY === true && !isSet(env['NO_COLOR']) && env['TERM'] !== 'dumb' && !isSet(env['CI'])
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ''
