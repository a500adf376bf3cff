import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OrchdError } from '../../base/errors.ts'
import { migrations } from './migrations.ts'

export const databaseFile = (stateFolder: string): string => join(stateFolder, 'orchd.db')

/**
 * Opens the state folder's database and takes its exclusive lock, which makes this process the holder.
 *
 * `locking_mode=EXCLUSIVE` keeps the lock until the file is closed, also through a crash of the process: the kernel
 * lets go of it. `synchronous=FULL` makes each commit survive a power loss (https://sqlite.org/pragma.html#pragma_synchronous).
 *
 * @throws OrchdError STATE_BUSY when another process is the holder, STATE_NEWER when a newer orchd wrote the file,
 * STATE_CORRUPT when it is not a database
 */
export function openDatabase(stateFolder: string): DatabaseSync {
  const file = databaseFile(stateFolder)
  // SQLite would make it as the umask says, and gives its -wal and -shm the mode of the database.
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    // Before the first table, or it is too late: what is deleted can be given back in small pieces (`removal.ts`).
    database.exec('pragma locking_mode = exclusive; pragma auto_vacuum = incremental')
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    database.exec('begin exclusive; commit')
    migrate(database, file)
    allowShrinking(database)
    return database
  } catch (error) {
    database.close()
    throw explained(error, file)
  }
}

function migrate(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare('pragma user_version').get()?.['user_version'])
  if (version > migrations.length) {
    throw new OrchdError('STATE_NEWER', `"${file}" has schema ${version}, this orchd knows up to ${migrations.length}`)
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.exec(`begin; ${sql}; pragma user_version = ${index + 1}; commit`)
  }
}

const incremental = 2

/** A file that an earlier orchd made is written anew, once: 0.8 s for 110 MB (measured). Without the space for it, never. */
function allowShrinking(database: DatabaseSync): void {
  if (database.prepare('pragma auto_vacuum').get()?.['auto_vacuum'] === incremental) return
  try {
    database.exec('pragma auto_vacuum = incremental; vacuum')
  } catch (error) {
    if (resultCode(error) === null) throw error
    // The file works as it is; only its free pages stay in it until they are used again.
  }
}

const busy = 5
const corrupt = 11
const notADatabase = 26

function explained(error: unknown, file: string): unknown {
  const code = resultCode(error)
  if (code === busy) return new OrchdError('STATE_BUSY', `another process holds "${file}"`, { cause: error })
  if (code === corrupt || code === notADatabase) {
    return new OrchdError('STATE_CORRUPT', `"${file}" is damaged or not a database of orchd`, { cause: error })
  }
  return error
}

/** SQLite's primary result code of an error that `node:sqlite` threw, or `null` (https://sqlite.org/rescode.html). */
export function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
}
