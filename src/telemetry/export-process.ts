import type { ToProcess } from './exporter.ts'
import { startSdk } from './sdk.ts'

// The program that `exporter.ts` starts: settings come in, then portions of spans; results go out in the same order.
let send: ReturnType<typeof startSdk> | null = null

process.on('message', (message: ToProcess) => {
  if ('settings' in message) send = startSdk(message.settings)
  else if (send !== null) void send(message.spans).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit()) // the holder has ended; what was not sent is in the journal
