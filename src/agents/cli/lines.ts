/** Longer lines are no events of any agent, and are not kept: real ones reach some hundred kilobytes. */
const longestLineBytes = 16 * 2 ** 20

/** Takes text as it comes, in bytes, and gives whole lines; blank ones are left out. */
export class LineSplitter {
  #parts: Uint8Array[] = []
  #bytes = 0

  push(chunk: Uint8Array): string[] {
    const lines: string[] = []
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      this.#keep(chunk.subarray(from, end))
      lines.push(...this.end())
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
    return lines
  }

  /** What stands behind the last line end. */
  end(): string[] {
    const line = this.#bytes > longestLineBytes ? '' : Buffer.concat(this.#parts).toString('utf8').trim()
    this.#parts = []
    this.#bytes = 0
    return line === '' ? [] : [line]
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length
    if (this.#bytes > longestLineBytes) this.#parts = []
    // The caller may use its buffer again.
    else if (part.length > 0) this.#parts.push(Uint8Array.from(part))
  }
}
