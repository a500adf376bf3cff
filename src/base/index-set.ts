const bitsPerPage = 1024
const wordsPerPage = bitsPerPage / 32
type Page = Uint32Array | null

/**
 * A set of small whole numbers that is never changed: `with` and `without` return a new one and copy one page of
 * 128 bytes. Iteration is in ascending order, so that the smallest rank comes first.
 */
export class IndexSet {
  readonly size: number
  readonly #pages: readonly Page[]

  private constructor(pages: readonly Page[], size: number) {
    this.#pages = pages
    this.size = size
  }

  static of(items: Iterable<number>): IndexSet {
    let set = new IndexSet([], 0)
    for (const item of items) set = set.with(item)
    return set
  }

  has(item: number): boolean {
    const page = this.#pages[Math.floor(item / bitsPerPage)]
    return page !== undefined && page !== null && (page[wordOf(item)]! & bitOf(item)) !== 0
  }

  with(item: number): IndexSet {
    return this.has(item) ? this : this.#changed(item, 1)
  }

  without(item: number): IndexSet {
    return this.has(item) ? this.#changed(item, -1) : this
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (const [at, page] of this.#pages.entries()) {
      if (page === null) continue
      for (let word = 0; word < wordsPerPage; word++) {
        for (let bits = page[word]!; bits !== 0; bits &= bits - 1) {
          yield at * bitsPerPage + word * 32 + (31 - Math.clz32(bits & -bits))
        }
      }
    }
  }

  #changed(item: number, by: 1 | -1): IndexSet {
    const at = Math.floor(item / bitsPerPage)
    const pages = [...this.#pages]
    while (pages.length <= at) pages.push(null)
    const page = pages[at]?.slice() ?? new Uint32Array(wordsPerPage)
    page[wordOf(item)]! ^= bitOf(item)
    pages[at] = page
    return new IndexSet(pages, this.size + by)
  }
}

// Not a static field: TypeScript 7.0.2 emits one that names its own class as `new _a(…)` before `_a` is set.
export const noIndices: IndexSet = IndexSet.of([])

const wordOf = (item: number): number => Math.floor((item % bitsPerPage) / 32)
const bitOf = (item: number): number => (1 << (item % 32)) >>> 0
