import type { Matcher } from './matcher.ts'

const escape = 0x1b
const lineFeed = 0x0a
const carriageReturn = 0x0d
const backslash = 0x5c

/** Whether the rest of a secret may stand behind this byte, with something between that is no part of it. */
export const mayHide = (byte: number): boolean =>
  byte === escape || byte === lineFeed || byte === carriageReturn || byte === backslash

/** What breaks lines, in JSON too, however often that was quoted. */
export const breaksIn: RegExp = /[\r\n]+|\\+[rn]/g

/** Longer detours within a secret than this are given up. */
const longestDetour = 1 << 16
/** At the end of a line fewer letters than this may stay: almost every line ends with the first letter of some secret. */
const fewestHeld = 3

/**
 * The search that leaves out escape sequences (CSI, and those of two bytes), which colour a secret, and line breaks, as
 * base64 and xxd make them. It lives as long as a match is possible.
 */
export class ShownSearch {
  active = false
  readonly #matcher: Matcher
  readonly #cut: (start: number, end: number) => void
  #state = 0
  /** Positions of the bytes that were not skipped, the last ones at the end. */
  #positions: number[] = []
  #within: 'none' | 'escape' | 'csi' | 'quoted' = 'none'

  constructor(matcher: Matcher, cut: (start: number, end: number) => void) {
    this.#matcher = matcher
    this.#cut = cut
  }

  /** At `position`, which is stepped next, something begins that may hide a secret; the plain search is in `state`. */
  begin(state: number, position: number): void {
    const depth = this.#matcher.depth(state)
    if (depth === 0) return
    this.active = true
    this.#state = state
    this.#within = 'none'
    this.#positions = Array.from({ length: depth }, (_, index) => position - depth + index)
  }

  step(byte: number, position: number): void {
    if (this.#skips(byte, position) || !this.active) return
    this.#state = this.#matcher.step(this.#state, byte)
    this.#positions.push(position)
    const depth = this.#matcher.depth(this.#state)
    const found = this.#matcher.found(this.#state)
    if (found > 0) this.#cut(this.#positions.at(-found)!, position + 1)
    if (depth === 0 || position - this.#positions.at(-depth)! > longestDetour) this.active = false
    else if (this.#positions.length > 2 * this.#matcher.longest + 64) this.#positions = this.#positions.slice(-depth)
  }

  heldFrom(end: number): number {
    if (!this.active) return end
    return Math.max(end - longestDetour, this.#positions.at(-this.#matcher.depth(this.#state)) ?? end)
  }

  #skips(byte: number, position: number): boolean {
    const before = this.#within
    if (before === 'csi') this.#within = byte >= 0x40 && byte <= 0x7e ? 'none' : 'csi'
    else if (before === 'escape') this.#within = byte === 0x5b ? 'csi' : 'none'
    else if (byte === escape) this.#within = 'escape'
    else if (before === 'quoted') return this.#skipsQuoted(byte, position)
    else if (this.#matcher.goesOn(this.#state, byte)) return false
    else if (byte === backslash) this.#within = 'quoted'
    else if (byte === lineFeed || byte === carriageReturn) this.#endLine(position)
    else return false
    return true
  }

  /** Behind a backslash: that of a line break in JSON, or the search has come to an end. */
  #skipsQuoted(byte: number, position: number): boolean {
    if (byte === backslash) return true
    this.#within = 'none'
    if (byte === 0x6e || byte === 0x72) this.#endLine(position)
    else this.active = false
    return true
  }

  #endLine(position: number): void {
    const depth = this.#matcher.depth(this.#state)
    if (depth < fewestHeld) this.#positions = Array.from({ length: depth }, () => position + 1)
  }
}
