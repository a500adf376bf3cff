import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { OrchdError } from '../../base/errors.ts'

/** `sun_path` is 108 bytes on Linux and 104 on macOS, the final zero included (unix(7)). */
const longestBytes = 100

/** Where the holder of a state folder listens: in it, or, when that path is too long for a socket, in a folder of ours. */
export function socketPathOf(stateFolder: string): string {
  const inside = join(stateFolder, 'orchd.sock')
  if (Buffer.byteLength(inside) <= longestBytes) return inside
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)
  return join(tmpdir(), `orchd-${userInfo().uid}`, `${name}.sock`)
}

/**
 * Makes the socket's folder: only its owner may enter, because whoever reaches the socket commands the engine.
 * @throws OrchdError STATE_UNSAFE when somebody else made it first
 */
export function prepareSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0) return
  throw new OrchdError('STATE_UNSAFE', `"${folder}" must be a folder of yours that nobody else may enter`)
}
