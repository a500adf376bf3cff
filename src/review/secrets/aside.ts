import { Worker } from 'node:worker_threads'
import type { FoundSecret } from './found.ts'
import type { SearchAnswer, SearchRequest } from './worker.ts'

export type SearchedFile = { readonly path: string; readonly bytes: Uint8Array }

/** One file of 5 MB takes a tenth of this, also where nobody but the machine is slow. */
const defaultTimeoutMs = 30_000

/**
 * Searches for secrets in a thread of its own: what agents write may be made to be slow, and the holder's loop must not
 * stand still. The thread is started when it is first needed, and given up when one file takes too long.
 */
export class SecretSearch {
  readonly #secretValues: readonly string[]
  readonly #timeoutMs: number
  #worker: Worker | null = null
  /** One search after the other: they would share the thread anyway. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(secretValues: readonly string[], timeoutMs = defaultTimeoutMs) {
    this.#secretValues = secretValues
    this.#timeoutMs = timeoutMs
  }

  /** What was found in each of the files; `null`: it could not be searched to its end. The bytes are given away. */
  search(files: readonly SearchedFile[], secretValues: readonly string[]): Promise<(readonly FoundSecret[] | null)[]> {
    const next = this.#queue.then(() => this.#searchAll(files, secretValues))
    this.#queue = next.catch(() => undefined)
    return next
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  async #searchAll(
    files: readonly SearchedFile[],
    secretValues: readonly string[],
  ): Promise<(readonly FoundSecret[] | null)[]> {
    const results: (readonly FoundSecret[] | null)[] = []
    while (results.length < files.length) {
      const answers = await this.#ask({ files: files.slice(results.length), secretValues })
      results.push(...answers)
      // The thread was given up at the next one.
      if (results.length < files.length) results.push(null)
    }
    return results
  }

  /** The answers up to the file that took too long, or at which the thread broke down. */
  async #ask(request: SearchRequest): Promise<(readonly FoundSecret[])[]> {
    const answers: (readonly FoundSecret[])[] = []
    const worker = (this.#worker ??= this.#start())
    const { promise, resolve } = Promise.withResolvers<boolean>()
    let timer = setTimeout(() => resolve(false), this.#timeoutMs)
    const onMessage = ({ found }: SearchAnswer): void => {
      answers.push(found)
      clearTimeout(timer)
      if (answers.length === request.files.length) resolve(true)
      else timer = setTimeout(() => resolve(false), this.#timeoutMs)
    }
    const onError = (): void => resolve(false)
    worker.on('message', onMessage).on('error', onError).on('exit', onError)
    worker.postMessage(request, [])
    const isDone = await promise
    clearTimeout(timer)
    worker.off('message', onMessage).off('error', onError).off('exit', onError)
    if (!isDone && this.#worker === worker) await this.close()
    return answers
  }

  #start(): Worker {
    const file = import.meta.filename.replace(/aside(\.[jt]s)$/, 'worker$1')
    // Without the holder's environment: it needs none of it.
    const worker = new Worker(file, { workerData: { secretValues: this.#secretValues }, env: {} })
    worker.unref()
    return worker
  }
}
