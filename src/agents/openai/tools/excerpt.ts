/** The beginning and the end of a stream of bytes, however long it is. */
export class Excerpt {
  readonly #half: number
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  #bytes = 0

  /** @param most bytes that are kept */
  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2))
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    const room = this.#half - this.#head.length
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)])
    const rest = chunk.subarray(Math.max(0, room))
    if (rest.length > 0) this.#tail = Buffer.concat([this.#tail, rest]).subarray(-this.#half)
  }

  text(): string {
    const left = this.#bytes - this.#head.length - this.#tail.length
    if (left === 0) return Buffer.concat([this.#head, this.#tail]).toString('utf8')
    return `${this.#head.toString('utf8')}\n[... ${left} bytes left out ...]\n${this.#tail.toString('utf8')}`
  }
}
