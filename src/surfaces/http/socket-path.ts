import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OrchdError } from '../../base/errors.ts'

/** `sun_path` is 108 bytes on Linux and 104 on macOS, the final zero included (unix(7)). */
const longestBytes = 103

/** Not `os.tmpdir()`: a command whose TMPDIR is another one must find the holder too. */
const shortFolder = '/tmp'

/**
 * Where the holder of a state folder listens: in it, or, when that path is too long for a socket, in a folder of ours
 * under `/tmp`, which this makes so that nobody else can.
 *
 * @throws OrchdError STATE_UNSAFE when somebody else made that folder first
 */
export function socketPathOf(stateFolder: string): string {
  const folder = realFolder(stateFolder)
  const inside = join(folder, 'orchd.sock')
  if (Buffer.byteLength(inside) <= longestBytes) return inside
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24)
  const outside = join(shortFolder, `orchd-${name}`, 'orchd.sock')
  prepareSocketFolder(outside)
  return outside
}

/**
 * Makes the socket's folder: only its owner may enter, because whoever reaches the socket commands the engine.
 *
 * @throws OrchdError STATE_UNSAFE when it is somebody else's, or open to others
 */
export function prepareSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  const ours = process.getuid === undefined || found.uid === process.getuid()
  if (found.isDirectory() && ours && (found.mode & 0o077) === 0) return
  throw new OrchdError('STATE_UNSAFE', `"${folder}" must be a folder of yours that nobody else may enter`)
}

/** The same folder has one name, whatever links led to it. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder) // not there yet: then nobody listens either
  }
}
