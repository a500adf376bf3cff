import type { RunId } from '../../base/ids.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Committed } from '../../ports/observer.ts'

/** What is kept for a slow reader. Beyond it nothing is: the journal has it all. */
const mostWaiting = 1024

/** What is committed of one run from now on, kept until it is taken. */
export class Subscription implements Disposable {
  #waiting: Committed[] = []
  #overrun = false
  #over = false
  #wake: (() => void) | null = null
  #wakeAtEnd: (() => void) | null = null
  readonly #unsubscribe: () => void
  readonly #signal: AbortSignal

  constructor(engine: Pick<Engine, 'observe'>, runId: RunId, signal: AbortSignal) {
    this.#signal = signal
    const abort = (): void => {
      this.#wake?.()
      this.#wakeAtEnd?.()
    }
    signal.addEventListener('abort', abort, { once: true })
    this.#unsubscribe = engine.observe((batch) => {
      for (const committed of batch) if (committed.entry.runId === runId) this.#keep(committed)
    })
  }

  /** What has come since the last call, and forgets it; `null` when it was too much to keep. */
  take(): readonly Committed[] | null {
    const taken = this.#overrun ? null : this.#waiting
    this.#waiting = []
    this.#overrun = false
    return taken
  }

  /** Resolves when there is something to take, when the signal aborts, and after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (this.#waiting.length > 0 || this.#overrun || this.#signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    this.#wake = null
  }

  /** Lets more come for so long, unless the run is over or the signal aborts. */
  async gather(ms: number): Promise<void> {
    if (ms <= 0 || this.#over || this.#signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wakeAtEnd = resolve
    await promise
    clearTimeout(timer)
    this.#wakeAtEnd = null
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #keep(committed: Committed): void {
    this.#over = committed.after.phase === 'finished'
    if (!this.#overrun) this.#waiting.push(committed)
    if (this.#waiting.length > mostWaiting) {
      this.#overrun = true
      this.#waiting = []
    }
    this.#wake?.()
    if (this.#over) this.#wakeAtEnd?.()
  }
}
