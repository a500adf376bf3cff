import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../../base/json.ts'

/**
 * Why the processes of an attempt ended. `exited` says that nobody on our side wished it; `output_limit` that the
 * output could not be cut, so that the attempt was; `lost` that the launcher died first and nobody saw the exit status;
 * `settled` that an agent had told its end and stayed.
 */
const endReasons = [
  'exited', 'timeout', 'stalled', 'orphaned', 'output_limit', 'cancelled', 'deadline', 'killed', 'spawn_failed', 'lost',
  'settled',
] as const // prettier-ignore
export type EndReason = (typeof endReasons)[number]

/** What the launcher knows of an attempt that is over; the file `status` holds the same. */
export type Ended = {
  readonly reason: EndReason
  readonly exitCode: number | null
  /** The number of the signal that ended it. */
  readonly signal: number | null
  /** Size of its output as the attempt wrote it, cut or not. */
  readonly outputBytes: number
  /** Size of what it left in `$ORCHD_OUTPUT`; 0: nothing, or no such file. */
  readonly outputsBytes: number
  readonly durationMs: number
  /** Processes of it that not even KILL ended. */
  readonly left: number
  /** What went wrong, for `spawn_failed`. */
  readonly text: string | null
}

/** An end that is made up here, because no launcher could report one. */
export const endedBy = (reason: EndReason, text: string | null): Ended => ({
  reason,
  exitCode: null,
  signal: null,
  outputBytes: 0,
  outputsBytes: 0,
  durationMs: 0,
  left: 0,
  text,
})

/** The end that an attempt's folder tells of; `null` while there is none, or only half a line. */
export function readStatus(folder: string): Ended | null {
  try {
    const text = readFileSync(join(folder, 'status'), 'utf8')
    return text.endsWith('\n') ? parseEnded(text) : null
  } catch {
    return null // not there yet, or unreadable, which comes to the same: there is no result to take from here
  }
}

/** `null` for anything but one whole description. */
export function parseEnded(text: string): Ended | null {
  const value = parseJson(text)
  if (!isJsonObject(value)) return null
  const reason = endReasons.find((known) => known === value['reason'])
  const number = (name: string): number | null => (typeof value[name] === 'number' ? value[name] : null)
  if (reason === undefined) return null
  return {
    reason,
    exitCode: number('exitCode'),
    signal: number('signal'),
    outputBytes: number('outputBytes') ?? 0,
    outputsBytes: number('outputsBytes') ?? 0,
    durationMs: number('durationMs') ?? 0,
    left: number('left') ?? 0,
    text: typeof value['text'] === 'string' ? value['text'] : null,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
