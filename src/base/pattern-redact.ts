import type { Matcher } from './matcher.ts'
import { type Cut, endsToken, enoughToDecide, type Found, searchPatterns } from './pattern-search.ts'

/** Masks secrets that are known by how they begin, in a stream of bytes that comes in chunks. */
export type PatternStream = {
  push(chunk: Uint8Array): Uint8Array
  /** `cut`: the stream does not end here, so what may have begun must not show. */
  end(cut: boolean): Uint8Array
}

const mask = Uint8Array.of(0x2a, 0x2a, 0x2a)
const nothing = new Uint8Array(0)
const escape = 0x1b
const backslash = 0x5c
/** So much of what was given out is looked back at: the digits before a token, a letter that makes it a part of a word. */
const contextLength = 16
/** More than most tokens have. */
const tokenBytes = 600

/**
 * A text with every such secret masked.
 *
 * @param forms of known values, which are looked for only where an escape sequence may hide them
 */
export function maskPatterns(text: string, forms: readonly string[]): string {
  const { cuts } = searchShown(text, '', true, (shown) => ({ cuts: placesOf(forms, shown), depth: 0 }))
  if (cuts.length === 0) return text
  const parts: string[] = []
  let at = 0
  for (const { start, end } of cuts) {
    parts.push(text.slice(at, start), '***')
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** @param matcher of known values, which are looked for only where an escape sequence may hide them */
export function createPatternStream(matcher: Matcher): PatternStream {
  let held: Uint8Array[] = []
  let heldBytes = 0
  /** Of what is held: looked through already, without coming to an end. */
  let scannedBytes = 0
  let context = ''

  const scan = (isWhole: boolean, cut: boolean): Uint8Array => {
    const bytes = joined(held)
    const text = latin1(bytes)
    const { cuts, certain } = searchShown(text, context, isWhole && !cut, (shown) => matchesIn(matcher, shown))
    const until = isWhole && !cut ? bytes.length : certain
    const parts: Uint8Array[] = []
    let at = 0
    for (const { start, end } of cuts) {
      parts.push(bytes.subarray(at, start), mask)
      at = end
    }
    parts.push(bytes.subarray(at, Math.max(at, until)))
    // A few first letters tell nothing yet.
    if (isWhole && until < bytes.length) parts.push(bytes.length - until > 3 ? mask : bytes.subarray(until))
    const rest = isWhole ? nothing : new Uint8Array(bytes.subarray(Math.max(at, until)))
    const told = text.slice(0, Math.max(at, until)).slice(-4 * contextLength)
    const { shown, complete } = stripped(told)
    context = (context + shown + told.slice(complete)).slice(-contextLength)
    held = rest.length === 0 ? [] : [rest]
    heldBytes = rest.length
    scannedBytes = rest.length
    return joined(parts)
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return nothing
      const isWaiting = heldBytes > 0
      // A copy, as `slice` of a Buffer is none: who reads fills the same one again.
      held.push(isWaiting ? new Uint8Array(chunk) : chunk)
      heldBytes += chunk.length
      // Nothing is decided in the middle of what may be one long secret, nor with each line of a key.
      const isEarly = scannedBytes > tokenBytes ? heldBytes < scannedBytes * 1.5 : !chunk.some(endsToken)
      if (isWaiting && heldBytes < enoughToDecide && isEarly) return nothing
      return scan(false, false)
    },
    end: (cut) => (heldBytes === 0 ? nothing : scan(true, cut)),
  }
}

/** Known values in a text; so many characters at its end may be the beginning of one. */
type Known = { readonly cuts: readonly Cut[]; readonly depth: number }

/** The text is searched as it is, and as a terminal shows it: a colour may be in the midst of a secret, or seem to be. */
function searchShown(text: string, context: string, isWhole: boolean, known: (shown: string) => Known): Found {
  const plain = within(searchPatterns(context + text, context.length, isWhole), context.length)
  const { shown, runs, complete } = stripped(text)
  if (runs === null) return plain
  const inShown = within(searchPatterns(context + shown, context.length, isWhole), context.length)
  const values = known(shown)
  const certainShown = Math.min(inShown.certain, shown.length - (isWhole ? 0 : values.depth))
  const certain = certainShown === shown.length ? (isWhole ? text.length : complete) : placeOf(certainShown, runs)
  const both = [...plain.cuts, ...[...inShown.cuts, ...values.cuts].map((cut) => placed(cut, runs))]
  const least = Math.min(plain.certain, certain)
  // What one of them has found may be the beginning of what the other waits for.
  const sure = both.filter(({ start }) => start < least).toSorted((a, b) => a.start - b.start)
  return { cuts: united(sure), certain: least }
}

function matchesIn(matcher: Matcher, shown: string): Known {
  const cuts: Cut[] = []
  let state = 0
  for (let at = 0; at < shown.length; at++) {
    state = matcher.step(state, shown.charCodeAt(at))
    const length = matcher.found(state)
    if (length > 0) cuts.push({ start: at + 1 - length, end: at + 1 })
  }
  return { cuts, depth: matcher.depth(state) }
}

const placesOf = (forms: readonly string[], text: string): readonly Cut[] =>
  forms.flatMap((form) => {
    const cuts: Cut[] = []
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length))
      cuts.push({ start: at, end: at + form.length })
    return cuts
  })

const within = ({ cuts, certain }: Found, offset: number): Found =>
  offset === 0
    ? { cuts, certain }
    : { cuts: cuts.map(({ start, end }) => ({ start: start - offset, end: end - offset })), certain: certain - offset }

/** Those that overlap are one. */
function united(cuts: readonly Cut[]): readonly Cut[] {
  const all: Cut[] = []
  for (const cut of cuts) {
    const last = all.at(-1)
    if (last === undefined || cut.start >= last.end) all.push(cut)
    else all[all.length - 1] = { start: last.start, end: Math.max(last.end, cut.end) }
  }
  return all
}

/** Characters that stand side by side in the text, and in what is shown of it. */
type Run = { readonly shownAt: number; readonly textAt: number }

/** What a terminal shows of a text, and where that stands in it; `runs` is `null` when there is nothing to leave out. */
function stripped(text: string): {
  readonly shown: string
  readonly runs: readonly Run[] | null
  /** Up to where no escape sequence is unfinished. */
  readonly complete: number
} {
  const begun = unfinished(text)
  if (begun === text.length && !text.includes('\u001B') && !anyWrittenEscape.test(text))
    return { shown: text, runs: null, complete: text.length }
  const runs: Run[] = []
  const shown: string[] = []
  let shownAt = 0
  let from = 0
  const show = (to: number): void => {
    if (to === from) return
    runs.push({ shownAt, textAt: from })
    shown.push(text.slice(from, to))
    shownAt += to - from
  }
  let at = 0
  while (at < begun) {
    const code = text.charCodeAt(at)
    const begins = code === escape ? at + 1 : code === backslash ? writtenAt(text, at) : null
    if (begins === null) {
      at++
      continue
    }
    show(at)
    from = at
    const end = sequenceEnd(text, begins)
    if (end === null) return { shown: shown.join(''), runs, complete: at }
    at = end
    from = end
  }
  show(at)
  return { shown: shown.join(''), runs, complete: Math.max(at, begun) }
}

/** Where a shown character stands in the text. */
function placeOf(shownAt: number, runs: readonly Run[]): number {
  let [low, high] = [0, runs.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (runs[middle]!.shownAt <= shownAt) low = middle
    else high = middle - 1
  }
  const { shownAt: first, textAt } = runs[low]!
  return textAt + shownAt - first
}

/** The escape character as JSON, languages and shells write it, however often that was quoted: in what an agent tells. */
const writtenEscape = /\\{1,8}(?:u001[bB]|x1[bB]|033|e)(?=\[)/y
const anyWrittenEscape = /\\(?:u001[bB]|x1[bB]|033|e)\[/
/** One that may have begun at the end of a text. */
const begunEscape = /\\{1,8}(?:u(?:0(?:0(?:1[bB]?)?)?)?|x(?:1[bB]?)?|0(?:33?)?|e)?$/
const longestEscape = 16

/** Behind an escape character that is written out and begins a sequence; `null`: there is none. */
function writtenAt(text: string, at: number): number | null {
  if (text[at - 1] === '\\') return null
  writtenEscape.lastIndex = at
  const found = writtenEscape.exec(text)
  return found === null ? null : at + found[0].length
}

/** Where at the end of a text an escape character may have begun that is written out; its length: nowhere. */
function unfinished(text: string): number {
  const from = Math.max(0, text.length - longestEscape)
  const found = begunEscape.exec(text.slice(from))
  return found === null ? text.length : from + found.index
}

/** More than any sequence has that a terminal knows. */
const longestSequence = 64

/** Where an escape sequence (CSI, or of two bytes) ends that begins before `from`; `null`: it goes on behind the text. */
function sequenceEnd(text: string, from: number): number | null {
  if (from >= text.length) return null
  if (text[from] !== '[') return from + 1
  for (let end = from + 1; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code >= 0x40 && code <= 0x7e) return end + 1
    if (code < 0x30 || code > 0x7e || end - from > longestSequence) return end
  }
  return null
}

const placed = ({ start, end }: Cut, runs: readonly Run[]): Cut => ({
  start: placeOf(start, runs),
  end: placeOf(end - 1, runs) + 1,
})

/** Each byte as the character of its number. */
function latin1(bytes: Uint8Array): string {
  const size = 8192
  const parts: string[] = []
  // Reflect takes the bytes as they are; spread would copy them one by one.
  for (let at = 0; at < bytes.length; at += size)
    parts.push(String(Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + size))))
  return parts.join('')
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
