import { OrchdError } from '../../base/errors.ts'

const busy = 5
const ioError = 10
const corrupt = 11
const full = 13
const notADatabase = 26

/** SQLite's primary result code of an error that `node:sqlite` threw, or `null` (https://sqlite.org/rescode.html). */
export function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
}

/** Whether a commit failed for lack of space, and for nothing else. */
export const isOutOfSpace = (error: unknown): boolean => error instanceof OrchdError && resultCode(error.cause) === full

/** What SQLite says of the database, as our error; what it does not say comes back as it is. */
export function explained(cause: unknown, file = 'the journal'): unknown {
  const code = resultCode(cause)
  if (code === busy) return new OrchdError('STATE_BUSY', `another process holds ${file}`, { cause })
  if (code === full) return new OrchdError('DISK_FULL', 'the journal could not be written', { cause })
  if (code === corrupt || code === notADatabase) {
    return new OrchdError('STATE_CORRUPT', `${file} is damaged, or not a database of orchd`, { cause })
  }
  if (code !== ioError) return cause
  const help = 'look at the disk, its quotas and limits; orchd tries again by itself'
  const message = 'the journal could not be written: the file system reports an error'
  return new OrchdError('DISK_FULL', message, { cause, help })
}
