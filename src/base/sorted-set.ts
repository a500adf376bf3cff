const pageSize = 64

/**
 * A set in ascending order that is never changed: `with` and `without` return a new one and copy one page of it, so
 * that a queue of 10,000 costs no more than a short one. `compare` gives 0 only for the same item.
 */
export class SortedSet<T> {
  readonly size: number
  readonly #compare: (a: T, b: T) => number
  /** None of them is empty. */
  readonly #pages: readonly (readonly T[])[]

  private constructor(compare: (a: T, b: T) => number, pages: readonly (readonly T[])[], size: number) {
    this.#compare = compare
    this.#pages = pages
    this.size = size
  }

  static empty<T>(compare: (a: T, b: T) => number): SortedSet<T> {
    return new SortedSet(compare, [], 0)
  }

  get first(): T | undefined {
    return this.#pages[0]?.[0]
  }

  with(item: T): SortedSet<T> {
    const at = Math.max(0, this.#pageOf(item))
    const page = this.#pages[at] ?? []
    const place = this.#placeIn(page, item)
    if (place < page.length && this.#compare(page[place]!, item) === 0) return this
    const grown = page.toSpliced(place, 0, item)
    const halves = grown.length <= pageSize ? [grown] : [grown.slice(0, pageSize / 2), grown.slice(pageSize / 2)]
    return new SortedSet(this.#compare, this.#pages.toSpliced(at, 1, ...halves), this.size + 1)
  }

  without(item: T): SortedSet<T> {
    const at = this.#pageOf(item)
    const page = this.#pages[at]
    if (page === undefined) return this
    const place = this.#placeIn(page, item)
    if (place === page.length || this.#compare(page[place]!, item) !== 0) return this
    const rest = page.length === 1 ? [] : [page.toSpliced(place, 1)]
    return new SortedSet(this.#compare, this.#pages.toSpliced(at, 1, ...rest), this.size - 1)
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const page of this.#pages) yield* page
  }

  /** The last page that begins at or before the item; -1 when all begin behind it. */
  #pageOf(item: T): number {
    let [low, high] = [-1, this.#pages.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#compare(this.#pages[middle]![0]!, item) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Where the item stands in a page, or would. */
  #placeIn(page: readonly T[], item: T): number {
    let [low, high] = [0, page.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(page[middle]!, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
