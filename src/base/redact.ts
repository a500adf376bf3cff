import { Matcher } from './matcher.ts'
import { createPatternStream, maskPatterns } from './pattern-redact.ts'
import { secretForms, utf8Bytes } from './secret-forms.ts'
import { breaksIn, mayHide, ShownSearch } from './shown-search.ts'

/**
 * Keeps secrets out of what is shown: every form of those that are known, and what begins like the keys and tokens of
 * known services, becomes `***`.
 */
export type Redactor = {
  /** Whether there are known values to look for. */
  readonly active: boolean
  /** Length in bytes of the longest of their forms, in short lines. */
  readonly longest: number
  text(text: string): string
  /** For one stream of bytes that comes in chunks. */
  /** `hiddenBytes`: so many at the beginning are only looked at, because a secret may have begun before them. */
  stream(hiddenBytes?: number): RedactingStream
}

export type RedactingStream = {
  /** What is certain after this chunk. It holds back what may be the beginning of a secret, and no more. */
  push(chunk: Uint8Array): Uint8Array
  /** The rest. `cut`: the stream does not end here but is cut, so that a beginning of a secret must not show either. */
  end(cut?: boolean): Uint8Array
}

const mask = Uint8Array.of(0x2a, 0x2a, 0x2a)

/** @param values the secrets; those of fewer than 6 characters are left alone */
export function createRedactor(values: Iterable<string>): Redactor {
  const forms = [...new Set([...new Set(values)].flatMap((value) => secretForms(value)))]
  const matcher = new Matcher(forms.map((form) => utf8Bytes(form)))
  const active = forms.length > 0
  const matching = (hiddenBytes: number): RedactingStream =>
    active || hiddenBytes > 0 ? new MatchingStream(matcher, hiddenBytes) : transparent
  const stream = (hiddenBytes = 0): RedactingStream => {
    const [first, second] = [matching(hiddenBytes), createPatternStream(matcher)]
    return {
      push: (chunk) => second.push(first.push(chunk)),
      end: (cut = false) => joined([second.push(first.end(cut)), second.end(cut)]),
    }
  }
  const withoutValues = (plain: string): string => {
    // Looking for each form natively is much faster than the byte-wise search, which few texts need.
    const whole = plain.replaceAll(breaksIn, '')
    if (!plain.includes('\u001B') && !forms.some((form) => plain.includes(form) || whole.includes(form))) return plain
    const redacting = new MatchingStream(matcher, 0)
    return utf8Text(redacting.push(utf8Bytes(plain))) + utf8Text(redacting.end())
  }
  return { active, longest: 2 * matcher.longest, text: (plain) => maskPatterns(withoutValues(plain), forms), stream }
}

const nothing = new Uint8Array(0)
const transparent: RedactingStream = { push: (chunk) => chunk, end: () => nothing }

/** For what is not shown to anybody. */
export const unredacted: Redactor = {
  active: false,
  longest: 0,
  text: (text) => text,
  stream: (hiddenBytes = 0) => (hiddenBytes > 0 ? new MatchingStream(new Matcher([]), hiddenBytes) : transparent),
}

type Cut = { start: number; end: number }

/**
 * Positions count from the first byte of the stream. Two searches run side by side: one over the bytes as they are,
 * and, from an escape sequence or the end of a line inside of a possible secret on, one that leaves those out.
 */
class MatchingStream implements RedactingStream {
  readonly #matcher: Matcher
  readonly #shown: ShownSearch
  #held: Uint8Array = nothing
  /** Position of the first held byte. */
  #from = 0
  #state = 0
  #cuts: Cut[] = []
  /** Whether the first cut is to leave no mask. */
  #hidden: boolean

  constructor(matcher: Matcher, hiddenBytes: number) {
    this.#matcher = matcher
    if (hiddenBytes > 0) this.#cuts.push({ start: 0, end: hiddenBytes })
    this.#hidden = hiddenBytes > 0
    this.#shown = new ShownSearch(matcher, (start, end) => this.#cut(start, end))
  }

  push(chunk: Uint8Array): Uint8Array {
    const matcher = this.#matcher
    const shown = this.#shown
    const base = this.#from + this.#held.length
    let state = this.#state
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (state === 0 && !shown.active && !matcher.begins(byte)) continue
      const position = base + at
      if (!shown.active && mayHide(byte)) shown.begin(state, position)
      if (shown.active) shown.step(byte, position)
      state = matcher.step(state, byte)
      const found = matcher.found(state)
      if (found > 0) this.#cut(position + 1 - found, position + 1)
    }
    this.#state = state
    const end = base + chunk.length
    return this.#release(chunk, Math.min(end - matcher.depth(state), shown.heldFrom(end)))
  }

  end(cut = false): Uint8Array {
    const end = this.#from + this.#held.length
    if (cut && end > this.#from) this.#cut(this.#from, end)
    return this.#release(nothing, end)
  }

  /** Later matches that overlap earlier ones make one cut; those that only touch stay two, however the chunks fall. */
  #cut(start: number, end: number): void {
    let last = this.#cuts.at(-1)
    const whole: Cut = { start: Math.max(start, this.#from), end }
    while (last !== undefined && last.end > whole.start) {
      whole.start = Math.min(whole.start, last.start)
      whole.end = Math.max(whole.end, last.end)
      this.#cuts.pop()
      last = this.#cuts.at(-1)
    }
    this.#cuts.push(whole)
  }

  /** Gives out everything before `until`, except that a cut is given out whole or not at all. */
  #release(chunk: Uint8Array, until: number): Uint8Array {
    const data = this.#held.length === 0 ? chunk : joined([this.#held, chunk])
    const parts: Uint8Array[] = []
    const from = this.#from
    let position = from
    while (this.#cuts.length > 0 && this.#cuts[0]!.end <= until) {
      const cut = this.#cuts.shift()!
      parts.push(data.subarray(position - from, cut.start - from), this.#hidden ? nothing : mask)
      this.#hidden = false
      position = cut.end
    }
    const safe = Math.max(position, Math.min(until, this.#cuts[0]?.start ?? until))
    parts.push(data.subarray(position - from, safe - from))
    // A copy, as `slice` of a Buffer is none: who reads fills the same one again.
    this.#held = new Uint8Array(data.subarray(safe - from))
    this.#from = safe
    return parts.length === 1 ? parts[0]! : joined(parts)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The opposite of `utf8Bytes`; what is no UTF-8 cannot come from there. */
function utf8Text(bytes: Uint8Array): string {
  let escaped = ''
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`
  return decodeURIComponent(escaped)
}
