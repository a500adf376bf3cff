import type { InboxEvent } from './take-in.ts'

export type Troubles = {
  /** @param source what does not work; each has one trouble at a time */
  note(source: string, message: string, error: unknown): void
  /** `source` works (again). */
  clear(source: string): void
}

/** Reports a lasting trouble once, not at every try, and its end. */
export function createTroubles(report: (event: InboxEvent) => void): Troubles {
  const lasting = new Map<string, string>()
  return {
    note(source, message, error) {
      const text = `${message}: ${error instanceof Error ? error.message : String(error)}`
      if (lasting.get(source) === text) return
      lasting.set(source, text)
      report({ type: 'trouble', message: text, error })
    },
    clear(source) {
      const message = lasting.get(source)
      if (lasting.delete(source) && message !== undefined) report({ type: 'recovered', message })
    },
  }
}
