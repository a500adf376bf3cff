import type { RunId } from '../../base/ids.ts'
import type { Engine } from '../../ports/engine.ts'
import type { JournalEvent } from '../../run/event.ts'

/** What is kept for a slow reader. Beyond it nothing is: the journal has it all. */
const mostWaiting = 1024

/** What is committed of one run from now on, kept until it is taken. */
export class Subscription implements Disposable {
  #waiting: JournalEvent[] = []
  #overrun = false
  #wake: (() => void) | null = null
  readonly #unsubscribe: () => void
  readonly #signal: AbortSignal

  constructor(engine: Pick<Engine, 'observe'>, runId: RunId, signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    this.#unsubscribe = engine.observe((batch) => {
      for (const { entry } of batch) if (entry.runId === runId) this.#keep(entry)
    })
  }

  /** What has come since the last call, and forgets it; `null` when it was too much to keep. */
  take(): readonly JournalEvent[] | null {
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

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #keep(entry: JournalEvent): void {
    if (this.#overrun) return
    this.#waiting.push(entry)
    if (this.#waiting.length > mostWaiting) {
      this.#overrun = true
      this.#waiting = []
    }
    this.#wake?.()
  }
}
