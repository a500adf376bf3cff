/** What a promise gives, or `null` when it takes longer; it rejects as the promise does. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** What a promise gives, or `null` once the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | null> {
  // Nobody waits for it any more then.
  promise.catch(() => {})
  if (signal.aborted) return null
  const { promise: aborted, resolve } = Promise.withResolvers<null>()
  const abort = (): void => resolve(null)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort))
}
