import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

/**
 * The last transaction that was acknowledged, in a file beside the database: `orchd.db-seq`.
 *
 * SQLite drops what follows a damaged or missing piece of its write-ahead log and says nothing. With this note a holder
 * sees that acknowledged transactions are missing. It is written behind each commit and never synced, so that it may
 * lag (after a crash, or for good when the disk is full), but never leads: it raises no false alarm.
 */
export type HighWater = { readonly commits: number; readonly seq: number }

export const highWaterFile = (databaseFile: string): string => `${databaseFile}-seq`

/** Within one sector of any disk, so that a crash leaves the old note or the new one. */
const noteBytes = 64

export function writeHighWater(databaseFile: string, { commits, seq }: HighWater): void {
  const text = `commit ${commits} event ${seq}`
  const note = Buffer.from(`${text} crc ${crc32(text).toString(16)}`.padEnd(noteBytes - 1).concat('\n'))
  try {
    const handle = openSync(highWaterFile(databaseFile), constants.O_WRONLY | constants.O_CREAT, 0o600)
    try {
      writeSync(handle, note, 0, noteBytes, 0)
    } finally {
      closeSync(handle)
    }
  } catch {
    // The commit is done and will be acknowledged; a note that lags only sees less.
  }
}

/** `null` when there is none, or none that can be read: then it tells nothing. */
export function readHighWater(databaseFile: string): HighWater | null {
  let text: string
  try {
    text = readFileSync(highWaterFile(databaseFile), 'latin1')
  } catch {
    return null
  }
  const [, note, commits, seq, crc] = text.match(/^(commit (\d+) event (\d+)) crc ([0-9a-f]+) *\n$/) ?? []
  if (note === undefined || crc32(note).toString(16) !== crc) return null
  return { commits: Number(commits), seq: Number(seq) }
}
