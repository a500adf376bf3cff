import { parentPort, workerData } from 'node:worker_threads'
import { startSdk } from './sdk.ts'
import type { SpanRecord } from './span.ts'

// The entry of the thread that `exporter.ts` starts: portions of spans come in, results go out, in the same order.
const send = startSdk(workerData)

parentPort?.on('message', (spans: readonly SpanRecord[]) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  void send(spans).then((result) => parentPort?.postMessage(result))
})
