import { setTimeout as delay } from 'node:timers/promises'
import type { LogReader } from '../../src/ports/logs.ts'

type Log = { bytes: Buffer; sealed: boolean }

/** Logs that the test writes: a follower goes on until the log is sealed. */
export class HandLogs {
  readonly #logs = new Map<string, Log>()
  /** Followers that read now. */
  readers = 0

  write(folder: string, text: string | Uint8Array): void {
    const log = this.#log(folder)
    log.bytes = Buffer.concat([log.bytes, typeof text === 'string' ? Buffer.from(text) : text])
  }

  seal(folder: string): void {
    this.#log(folder).sealed = true
  }

  readonly read: LogReader = (folder, options) => this.#read(this.#log(folder), options)

  async *#read(
    log: Log,
    { follow, signal }: { readonly follow: boolean; readonly signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    this.readers++
    try {
      for (let at = 0; ;) {
        const part = log.bytes.subarray(at, at + 4096)
        at += part.length
        if (part.length > 0) yield part
        else if (!follow || log.sealed || signal?.aborted === true) return
        else await delay(2)
      }
    } finally {
      this.readers--
    }
  }

  #log(folder: string): Log {
    const log = this.#logs.get(folder) ?? { bytes: Buffer.alloc(0), sealed: false }
    this.#logs.set(folder, log)
    return log
  }
}
