/** Longer lines are no events of any agent, and are not kept: real ones reach some hundred kilobytes. */
const longestLineBytes = 16 * 2 ** 20

/** Takes text as it comes, in bytes, and gives whole lines; blank ones are left out. */
export class LineSplitter {
  #parts: Uint8Array[] = []
  #bytes = 0

  push(chunk: Uint8Array): string[] {
    const lines: string[] = []
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      // Most lines are whole, and need no copy.
      const line =
        this.#bytes === 0 ? bytes.toString('utf8', from, end).trim() : this.#endWith(bytes.subarray(from, end))
      if (line !== '') lines.push(line)
      from = end + 1
    }
    this.#keep(bytes.subarray(from))
    return lines
  }

  /** What stands behind the last line end. */
  end(): string[] {
    const line = this.#endWith(new Uint8Array())
    return line === '' ? [] : [line]
  }

  #endWith(part: Uint8Array): string {
    this.#keep(part)
    const line = this.#bytes > longestLineBytes ? '' : Buffer.concat(this.#parts).toString('utf8').trim()
    this.#parts = []
    this.#bytes = 0
    return line
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length
    if (this.#bytes > longestLineBytes) this.#parts = []
    // The caller may use its buffer again.
    else if (part.length > 0) this.#parts.push(Uint8Array.from(part))
  }
}
