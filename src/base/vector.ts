const pageSize = 128

/**
 * An array that is never changed: `set` returns a new one and copies one page, not the whole.
 * It keeps `reduce` pure at 10,000 steps without a cost that grows with the run.
 */
export class Vector<T> {
  readonly length: number
  readonly #pages: readonly (readonly T[])[]

  private constructor(pages: readonly (readonly T[])[], length: number) {
    this.#pages = pages
    this.length = length
  }

  static of<T>(items: readonly T[]): Vector<T> {
    const pages: T[][] = []
    for (let at = 0; at < items.length; at += pageSize) pages.push(items.slice(at, at + pageSize))
    return new Vector(pages, items.length)
  }

  /** @throws RangeError outside of `0..length-1`: indices come from the graph, so that is a bug. */
  get(index: number): T {
    if (index < 0 || index >= this.length) throw new RangeError(`index ${index} of ${this.length}`)
    // In range, as just checked: the page and the item exist.
    return this.#pages[Math.floor(index / pageSize)]![index % pageSize]!
  }

  /** A copy in which the given items stand at the given indices. */
  with(changes: ReadonlyMap<number, T>): Vector<T> {
    if (changes.size === 0) return this
    const pages = [...this.#pages]
    const fresh = new Set<number>()
    for (const [index, item] of changes) {
      if (index < 0 || index >= this.length) throw new RangeError(`index ${index} of ${this.length}`)
      const at = Math.floor(index / pageSize)
      const page = fresh.has(at) ? (pages[at] as T[]) : [...pages[at]!] // a fresh page is ours to write
      page[index % pageSize] = item
      pages[at] = page
      fresh.add(at)
    }
    return new Vector(pages, this.length)
  }

  /** A copy with more items at the end. */
  append(items: readonly T[]): Vector<T> {
    if (items.length === 0) return this
    const pages = [...this.#pages]
    const last = pages.at(-1)
    if (last !== undefined && last.length < pageSize) {
      pages[pages.length - 1] = [...last, ...items.slice(0, pageSize - last.length)]
    }
    for (let at = pages.length * pageSize - this.length; at < items.length; at += pageSize) {
      pages.push(items.slice(at, at + pageSize))
    }
    return new Vector(pages, this.length + items.length)
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const page of this.#pages) yield* page
  }
}
