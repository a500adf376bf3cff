/** How two lines are compared, the strictest first. */
const readings: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
]

/** Finds lines in a file: as they are, else without the white space at their ends, else without the one around them. */
export class LineSearch {
  readonly #lines: readonly string[]
  readonly #read: (readonly string[] | undefined)[] = []

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  get count(): number {
    return this.#lines.length
  }

  /** Where the wanted lines begin, at `from` or behind it; `null`: nowhere. An empty list is where it is looked for. */
  find(wanted: readonly string[], from: number): number | null {
    for (const [level, reading] of readings.entries()) {
      const lines = (this.#read[level] ??= this.#lines.map(reading))
      const found = indexOf(lines, wanted.map(reading), from)
      if (found !== null) return found
    }
    return null
  }
}

/** In linear time (Knuth, Morris and Pratt): what a model writes must not keep us busy. */
function indexOf(lines: readonly string[], wanted: readonly string[], from: number): number | null {
  if (wanted.length === 0) return from
  const fallbacks = fallbacksOf(wanted)
  let matched = 0
  for (let at = from; at < lines.length; at += 1) {
    while (matched > 0 && lines[at] !== wanted[matched]) matched = fallbacks[matched - 1] ?? 0
    if (lines[at] === wanted[matched]) matched += 1
    if (matched === wanted.length) return at - wanted.length + 1
  }
  return null
}

/** For each place the length of the longest proper beginning that is also an end there. */
function fallbacksOf(wanted: readonly string[]): readonly number[] {
  const lengths = [0]
  let length = 0
  for (let at = 1; at < wanted.length; at += 1) {
    while (length > 0 && wanted[at] !== wanted[length]) length = lengths[length - 1] ?? 0
    if (wanted[at] === wanted[length]) length += 1
    lengths.push(length)
  }
  return lengths
}
