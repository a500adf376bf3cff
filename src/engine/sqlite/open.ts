import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OrchdError } from '../../base/errors.ts'
import { checksumOfRun } from './checksum.ts'
import { digestRow } from './digest.ts'
import { explained, resultCode } from './explained.ts'
import { highWaterFile, readHighWater } from './high-water.ts'
import { migrations } from './migrations.ts'
import { digestOfContent, verify } from './verify.ts'

export const databaseFile = (stateFolder: string): string => join(stateFolder, 'orchd.db')

/**
 * Opens the state folder's database and takes its exclusive lock, which makes this process the holder.
 *
 * `locking_mode=EXCLUSIVE` keeps the lock until the file is closed, also through a crash of the process: the kernel
 * lets go of it. `synchronous=FULL` makes each commit survive a power loss (https://sqlite.org/pragma.html#pragma_synchronous).
 * Everything in it is read and compared with its checksums before it is used; what is refused stays as it was.
 *
 * @throws OrchdError STATE_BUSY when another process is the holder, STATE_NEWER when a newer orchd wrote the file,
 * STATE_CORRUPT when it is not a database, was changed, or lacks something that was acknowledged
 */
export function openDatabase(stateFolder: string): DatabaseSync {
  const file = databaseFile(stateFolder)
  putBack(file)
  checkSize(file)
  // SQLite would make it as the umask says, and gives its -wal and -shm the mode of the database.
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file, { timeout: 0 })
  let isHeld = false
  try {
    database.exec('pragma locking_mode = exclusive')
    // Before the first table, or it is too late: what is deleted can be given back in small pieces (`removal.ts`).
    // Not again later: it would write, and nothing is written before all is verified.
    if (statSync(file).size === 0) database.exec('pragma auto_vacuum = incremental')
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    database.exec('begin exclusive; commit')
    isHeld = true
    const version = verified(database, file)
    migrate(database, file, version)
    allowShrinking(database)
    return database
  } catch (error) {
    if (isHeld && error instanceof OrchdError && error.code === 'STATE_CORRUPT') closeUntouched(database, file)
    else database.close()
    throw explained(error, `"${file}"`)
  }
}

/** The smallest page that SQLite knows. */
const smallestBytes = 512

/**
 * What SQLite takes for a new database: it would write into it, and remove the write-ahead log that lies beside it.
 * Looks at the file last, because whoever makes the first one begins with it.
 */
function checkSize(file: string): void {
  const hasLog = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  const isKnown = hasLog || readHighWater(file) !== null
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size >= smallestBytes || (size === 0 && !isKnown)) return
  const beside = hasLog ? `${file}-wal` : highWaterFile(file)
  throw new OrchdError('STATE_CORRUPT', `"${file}" is missing or has lost its content (${size} bytes)`, {
    help: `restore .orchd from a backup; to begin anew, remove what is left of it${isKnown ? `, also "${beside}"` : ''}`,
  })
}

function verified(database: DatabaseSync, file: string): number {
  try {
    return verify(database, file, migrations.length, readHighWater(file))
  } catch (cause) {
    if (cause instanceof OrchdError) throw cause
    // Whatever goes wrong with reading it: a value that is no number any more, a page that is none.
    const message = `"${file}" is damaged: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new OrchdError('STATE_CORRUPT', message, { cause })
  }
}

function migrate(database: DatabaseSync, file: string, version: number): void {
  if (version === migrations.length) return
  const names = ['run_id', 'plan', 'submitted_at', 'finished_at', 'outcome', 'key']
  database.function('checksum_of_run', { varargs: true }, (...values) =>
    checksumOfRun(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))),
  )
  try {
    database.exec(`begin immediate; ${migrations.slice(version).join('\n')}`)
    digestRow(database).write(digestOfContent(database, file, migrations.length, 0))
    database.exec(`pragma user_version = ${migrations.length}; commit`)
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
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

const asideOf = (file: string): string => `${file}-aside`

/**
 * Closes a damaged database as it is. Closing would write what is left of the write-ahead log into the file and remove
 * the log; SQLite leaves that to others when the file is not at its place.
 */
function closeUntouched(database: DatabaseSync, file: string): void {
  renameSync(file, asideOf(file))
  try {
    database.close()
  } finally {
    renameSync(asideOf(file), file)
  }
}

/** The process may have been killed in the middle of `closeUntouched`. */
function putBack(file: string): void {
  if (!existsSync(file) && existsSync(asideOf(file))) renameSync(asideOf(file), file)
}
