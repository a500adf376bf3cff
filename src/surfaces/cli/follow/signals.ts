export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Calls `handler` for each signal that asks the process to stop, until the result is disposed of. */
export function onStopSignals(handler: (signal: StopSignal) => void): Disposable {
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, handler)
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.removeListener(signal, handler)
    },
  }
}
