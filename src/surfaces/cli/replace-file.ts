import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { OrchdError } from '../../base/errors.ts'

/**
 * Gives a file another text, whole or not at all: readers see the old text or the new one, also after a crash. Its
 * mode and owner stay, and a link goes on leading to it.
 *
 * @throws OrchdError FILE_UNWRITABLE
 */
export function replaceFile(path: string, text: string): void {
  let temporary: string | null = null
  try {
    const file = realpathSync(path)
    const { mode, uid, gid } = statSync(file)
    temporary = join(dirname(file), `.${process.pid}.orchd`) // a name of its own: the file's may be as long as names can be
    writeWhole(temporary, text, mode & 0o7777)
    if (uid !== process.getuid?.() || gid !== process.getgid?.()) keepOwner(temporary, uid, gid)
    renameSync(temporary, file)
    temporary = null
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OrchdError('FILE_UNWRITABLE', `cannot write "${path}": ${why}`, { cause })
  } finally {
    if (temporary !== null) rmSync(temporary, { force: true })
  }
}

function writeWhole(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fchmodSync(file, mode) // not as the umask would have it
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Only root can give a file away; others keep the right to write it by being its writer. */
function keepOwner(path: string, uid: number, gid: number): void {
  try {
    chownSync(path, uid, gid)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error
  }
}
