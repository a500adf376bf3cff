import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { objectOf } from '../cli/json-line.ts'
import { LineSplitter } from '../cli/lines.ts'
import type { Child } from '../driver/child.ts'

/**
 * Messages over a server's standard input and output, one a line. (The SDK's own transport would start the server in our
 * group, where what asks us to end would reach it, too.) Other lines go to standard error.
 */
export function transportOver({ stdin, stdout }: Child): Transport {
  const lines = new LineSplitter()
  const transport: Transport = {
    async start() {
      stdout.on('data', (chunk: Buffer) => {
        for (const line of lines.push(chunk)) {
          const message = JSONRPCMessageSchema.safeParse(objectOf(line))
          if (message.success) transport.onmessage?.(message.data)
          else process.stderr.write(`${line}\n`)
        }
      })
      stdout.once('close', () => transport.onclose?.())
    },
    send: (message: JSONRPCMessage) =>
      new Promise((resolve, reject) => {
        stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
      }),
    async close() {
      stdin.end()
      transport.onclose?.()
    },
  }
  return transport
}
