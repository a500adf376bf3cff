import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { ToolCalls } from '../../ports/tool-calls.ts'
import type { AgentEvent, LineParser } from '../events.ts'
import { watchFolder } from '../process/watch.ts'
import { defaultCaps } from '../raw-log.ts'
import { rawLogName } from '../seal.ts'
import { LineSplitter } from './lines.ts'
import { isBeside, isProgress } from './seen.ts'
import { ToolTimes } from './tool-times.ts'

export type Follow = {
  readonly folder: string
  readonly parse: LineParser
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string
  /** An agent that has told its end may stay so long, for what it has to tidy up. */
  readonly lingerMs: number
  /** The longest time in which it only tries again to reach its service. */
  readonly patienceMs: number
  /** The longest time in which its stream tells nothing while it prints other things; `null`: any. */
  readonly silenceMs: number | null
  /** Whether it ran before anybody watched: what it has told until now has no times. */
  readonly adopted: boolean
  /** It has told its end, and stays. */
  settled(): void
  stalled(): void
}

const chunkBytes = 1 << 16
/** An agent may write faster than anybody reads: after so much, others have their turn. */
const turnBytes = 1 << 19
/** What lies further back is not in the log either, once that is cut. */
const mostBehindBytes = defaultCaps.headBytes + defaultCaps.tailBytes

/**
 * Watches what a running agent tells, and asks for its end when it has told its own but stays, or when all that it does
 * is to try again, or to print what is no part of its stream. Silence and the limit of time are the launcher's: it sees
 * them without us.
 *
 * @returns ends the watch, and tells which tools were used
 */
export function followStream(follow: Follow): () => ToolCalls {
  const { folder, parse, lingerMs, patienceMs, silenceMs } = follow
  const splitter = new LineSplitter()
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let file: number | null = null
  let at = 0
  let progressAt = performance.now()
  let toldAt = progressAt
  let lingering: NodeJS.Timeout | null = null
  let more: NodeJS.Immediate | null = null
  let isLate = follow.adopted
  const tools = new ToolTimes(follow.redact)

  const take = (event: AgentEvent): void => {
    const now = performance.now()
    if (isLate) tools.count(event)
    else tools.take(event, Date.now())
    if (isProgress(event)) progressAt = now
    if (event.type === 'retry' && now - progressAt > patienceMs) follow.stalled()
    if (event.type === 'finished') lingering ??= setTimeout(() => follow.settled(), lingerMs)
  }
  const takeLine = (line: string): void => {
    const events = parse(line)
    const now = performance.now()
    // An event of a kind that nobody here knows is one, too.
    if (events.length === 0 || !events.every(isBeside)) toldAt = now
    else if (silenceMs !== null && now - toldAt > silenceMs) follow.stalled()
    for (const event of events) take(event)
  }
  /** Whether that is all there is. */
  const read = (from: number): boolean => {
    const { size } = fstatSync(from)
    if (size - at > mostBehindBytes) {
      at = size - mostBehindBytes
      splitter.end()
    }
    for (let left = turnBytes; left > 0; left -= chunkBytes) {
      const bytes = readSync(from, buffer, 0, chunkBytes, at)
      if (bytes === 0) return true
      at += bytes
      for (const line of splitter.push(buffer.subarray(0, bytes))) takeLine(line)
    }
    return false
  }
  const look = (): void => {
    try {
      file ??= openOrNull(join(folder, rawLogName))
      if (file === null || read(file)) isLate = false
      else more ??= setImmediate(lookAgain)
    } catch {
      // A disk that fails: the launcher still keeps the limits, and the result is read when all is over.
    }
  }
  const lookAgain = (): void => {
    more = null
    look()
  }
  const unwatch = watchFolder(folder, look)
  return () => {
    unwatch()
    look()
    if (more !== null) clearImmediate(more)
    if (lingering !== null) clearTimeout(lingering)
    if (file !== null) closeSync(file)
    file = null
    return tools.calls(Date.now())
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return null // it has not begun yet
  }
}
