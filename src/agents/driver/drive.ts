import { text } from 'node:stream/consumers'
import type { JsonObject } from '../../base/json.ts'
import type { AgentEvent } from '../events.ts'
import { aliveLine, eventLine } from './line.ts'

export type Drive = {
  readonly tell: (event: AgentEvent) => void
  /** Something for the log alone, with a `type` that is no event's. */
  readonly note: (line: JsonObject & { readonly type: 'output' }) => void
  /** Shows that the work goes on, where there is nothing to tell; may be called at any rate. */
  readonly alive: () => void
  /** Aborts when the attempt is to end: the protocol's own way is tried first, and there are some seconds for it. */
  readonly cancelled: AbortSignal
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Between two signs of life, so that they do not fill the log. */
const aliveEveryMs = 1000

/**
 * The frame of a driver, which is a process of its own for one attempt: the task comes on standard input as JSON (as the
 * `launch` of its protocol wrote it), its events go to standard output, one a line, SIGTERM asks for its end.
 *
 * An attempt that is asked to end tells no end of its own (`finished`): the reason why it was asked says it all.
 */
export async function drive(work: (task: unknown, drive: Drive) => Promise<void>): Promise<void> {
  const cancel = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => cancel.abort())
  let aliveAt = 0
  const task: unknown = JSON.parse(await text(process.stdin))
  await work(task, {
    cancelled: cancel.signal,
    tell: (event) => {
      aliveAt = performance.now()
      print(eventLine(event))
    },
    note: (line) => print(JSON.stringify(line)),
    alive: () => {
      const now = performance.now()
      if (now - aliveAt < aliveEveryMs) return
      aliveAt = now
      print(aliveLine)
    },
  })
  // Whatever still holds the loop is of no use to anybody.
  process.exit()
}
