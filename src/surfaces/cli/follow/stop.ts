import { isBrokenPipe } from '../broken-pipe.ts'
import type { Output } from '../deps.ts'

/** Why a command is to stop: a signal, or nobody reads its data any more. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'reader_gone'

/** Calls `handler` for each reason to stop, until the result is disposed of. */
export function onStop(stdout: Output, handler: (reason: StopReason) => void): Disposable {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const failed = (error: Error): void => {
    if (isBrokenPipe(error)) handler('reader_gone')
  }
  for (const signal of signals) process.on(signal, handler)
  stdout.on('error', failed)
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.removeListener(signal, handler)
      stdout.removeListener('error', failed)
    },
  }
}
