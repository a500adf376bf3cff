import { visibleLine } from '../../base/visible.ts'

/** What a test program said of its tests. */
export type TestResults = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly total: number
  /** The first ones, at most `mostFailures`. */
  readonly failures: readonly TestFailure[]
}

export type TestFailure = {
  readonly name: string
  /** As the report names it; `null`: it does not. */
  readonly file: string | null
  readonly message: string | null
}

const mostFailures = 50
const longestName = 300
const longestMessage = 500

/** Counts tests as a report tells of them. */
export class Tally {
  #passed = 0
  #failed = 0
  #skipped = 0
  #isTold = false
  readonly #failures: TestFailure[] = []
  readonly #unloadable = new Set<string>()

  /** Something tells of tests, though there may be none. */
  told(): void {
    this.#isTold = true
  }

  passed(count = 1): void {
    this.#isTold = true
    this.#passed += count
  }

  skipped(count = 1): void {
    this.#isTold = true
    this.#skipped += count
  }

  /** Failures of which no more is known than how many there are. */
  failed(count: number): void {
    this.#isTold = true
    this.#failed += count
  }

  failure(name: string, file: string | null = null, message: string | null = null): void {
    this.failed(1)
    this.named(name, file, message)
  }

  /** A file of tests that could not even be loaded: one failure, however often it is told. */
  unloadable(file: string): void {
    if (this.#unloadable.has(file)) return
    this.#unloadable.add(file)
    this.failure(file, file, 'could not be loaded')
  }

  /** What is known of a failure that is counted elsewhere. */
  named(name: string, file: string | null = null, message: string | null = null): void {
    if (this.#failures.length >= mostFailures) return
    this.#failures.push({
      name: visibleLine(name, longestName),
      file: file === null ? null : visibleLine(file, longestName),
      message: message === null || message.trim() === '' ? null : visibleLine(message.slice(0, 4096), longestMessage),
    })
  }

  add({ passed, failed, skipped, failures }: TestResults): void {
    this.passed(passed)
    this.failed(failed)
    this.skipped(skipped)
    this.#failures.push(...failures.slice(0, mostFailures - this.#failures.length))
  }

  /** `null`: nothing told of tests, not even that there are none. */
  results(): TestResults | null {
    const [passed, failed, skipped] = [this.#passed, this.#failed, this.#skipped]
    const total = passed + failed + skipped
    return !this.#isTold ? null : { passed, failed, skipped, total, failures: this.#failures }
  }
}
