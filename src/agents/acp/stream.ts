import type { Stream } from '@agentclientprotocol/sdk'
import type { Child } from '../driver/child.ts'
import { besideLine } from '../driver/line.ts'
import { LineSplitter } from '../cli/lines.ts'
import { objectOf } from '../cli/json-line.ts'

type Message = Stream extends { readonly readable: ReadableStream<infer M> } ? M : never

/**
 * Messages over an agent's standard input and output, one a line. Agents print other things there, too (the libraries
 * that they use do): those go to standard error, and no answer is given to them.
 */
export function messagesOver({ stdin, stdout }: Child): Stream {
  const lines = new LineSplitter()
  const readable = new ReadableStream<Message>(
    {
      start(controller) {
        stdout.on('data', (chunk: Buffer) => {
          for (const line of lines.push(chunk)) {
            const message = objectOf(line)
            if (message?.['jsonrpc'] === undefined) process.stderr.write(`${besideLine(line)}\n`)
            else controller.enqueue(message as unknown as Message) // the SDK checks it
          }
          // An agent that floods has to wait, instead of filling our memory.
          if ((controller.desiredSize ?? 0) <= 0) stdout.pause()
        })
        stdout.once('close', () => controller.close())
      },
      pull: () => void stdout.resume(),
    },
    new CountQueuingStrategy({ highWaterMark: 1000 }),
  )
  const writable = new WritableStream<Message>({
    write: (message) =>
      new Promise((resolve, reject) => {
        stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
      }),
  })
  return { readable, writable }
}
