/**
 * Finds any of many patterns in a stream of bytes, in one pass and linear time, whatever the patterns and the bytes
 * (Aho and Corasick 1975). Children of a state are a linked list, because almost all states have one or none.
 */
export class Matcher {
  /** Length of the longest pattern. */
  readonly longest: number
  readonly #firstChild: Int32Array
  readonly #sibling: Int32Array
  readonly #byte: Uint8Array
  readonly #fail: Int32Array
  readonly #depth: Int32Array
  readonly #found: Int32Array
  /** Where the root leads with each byte: most of the time goes here. */
  readonly #root: Int32Array = new Int32Array(256)

  constructor(patterns: readonly Uint8Array[]) {
    this.longest = patterns.reduce((most, pattern) => Math.max(most, pattern.length), 0)
    const size = patterns.reduce((sum, pattern) => sum + pattern.length, 1)
    this.#firstChild = new Int32Array(size)
    this.#sibling = new Int32Array(size)
    this.#byte = new Uint8Array(size)
    this.#fail = new Int32Array(size)
    this.#depth = new Int32Array(size)
    this.#found = new Int32Array(size)
    let states = 1
    for (const pattern of patterns) states = this.#add(pattern, states)
    this.#link(states)
  }

  /** The state after one more byte; 0 is the state in which nothing has begun. */
  step(state: number, byte: number): number {
    let at = state
    while (at !== 0) {
      const next = this.#child(at, byte)
      if (next !== 0) return next
      at = this.#fail[at]!
    }
    return this.#root[byte]!
  }

  /** Whether a pattern that has begun goes on with this byte. */
  goesOn(state: number, byte: number): boolean {
    return state !== 0 && this.#child(state, byte) !== 0
  }

  /** Whether a pattern begins with this byte. */
  begins(byte: number): boolean {
    return this.#root[byte] !== 0
  }

  /** How many of the last bytes are the beginning of a pattern. */
  depth(state: number): number {
    return this.#depth[state]!
  }

  /** The length of the longest pattern that ends here, or 0. */
  found(state: number): number {
    return this.#found[state]!
  }

  #add(pattern: Uint8Array, from: number): number {
    let states = from
    let state = 0
    for (const byte of pattern) {
      let next = state === 0 ? this.#root[byte]! : this.#child(state, byte)
      if (next === 0) {
        next = states++
        this.#byte[next] = byte
        this.#depth[next] = this.#depth[state]! + 1
        this.#sibling[next] = this.#firstChild[state]!
        this.#firstChild[state] = next
        if (state === 0) this.#root[byte] = next
      }
      state = next
    }
    this.#found[state] = pattern.length
    return states
  }

  /** Breadth first, so that the state to fall back to is always finished before it is needed. */
  #link(states: number): void {
    const queue = new Int32Array(states)
    let end = 1 // the root is the first
    for (let at = 0; at < end; at++) {
      const state = queue[at]!
      for (let child = this.#firstChild[state]!; child !== 0; child = this.#sibling[child]!) {
        if (state !== 0) this.#fail[child] = this.step(this.#fail[state]!, this.#byte[child]!)
        if (this.#found[child] === 0) this.#found[child] = this.#found[this.#fail[child]!]!
        queue[end++] = child
      }
    }
  }

  #child(state: number, byte: number): number {
    let child = this.#firstChild[state]!
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child]!
    return child
  }
}
