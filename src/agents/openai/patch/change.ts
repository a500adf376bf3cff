import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../../base/result.ts'
import { createdText, updatedText } from './apply.ts'
import type { Operation } from './operation.ts'
import { type Place, placeOf } from './place.ts'

/** More is no text that a model edits. */
const mostBytes = 8 * 2 ** 20

/**
 * Does what an operation asks for: wholly or not at all, also when it is killed.
 *
 * @param root the folder that paths are relative to, and must not leave
 * @returns what was done, or why nothing was, in words for the model
 */
export function change(root: string, operation: Operation): Result<string, string> {
  const { type, path } = operation
  try {
    const place = placeOf(root, path)
    if (!place.ok) return place
    if (type === 'create_file') return create(place.value, operation.path, operation.diff)
    if (!place.value.exists) return err(`there is no file ${path}`)
    if (type === 'update_file') return update(place.value, operation.path, operation.diff)
    unlinkSync(join(root, path))
    return ok(`deleted ${path}`)
  } catch (error) {
    return err(`cannot change ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function create(place: Place, path: string, diff: string): Result<string, string> {
  if (place.exists) return err(`${path} is there already: use update_file, or delete_file first`)
  const text = createdText(diff)
  if (!text.ok) return text
  mkdirSync(place.parent, { recursive: true })
  // Unlike a rename it overwrites nothing that appeared meanwhile.
  beside(place, text.value, 0o666, (written) => {
    linkSync(written, place.file)
    unlinkSync(written)
  })
  return ok(`created ${path}`)
}

function update(place: Place, path: string, diff: string): Result<string, string> {
  const { size, mode } = lstatSync(place.file)
  if (size > mostBytes) return err(`${path} is too large to be patched (${size} bytes)`)
  const text = decoded(readFileSync(place.file))
  if (text === null) return err(`${path} is no text in UTF-8`)
  const changed = updatedText(text, diff)
  if (!changed.ok) return err(`the diff does not fit ${path}: ${changed.error}`)
  beside(place, changed.value, mode & 0o777, (written) => {
    // Whatever the umask took away.
    chmodSync(written, mode & 0o777)
    renameSync(written, place.file)
  })
  return ok(`updated ${path}`)
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Written as another file first, then put in its place: nobody sees half of it. */
function beside({ parent }: Place, text: string, mode: number, put: (written: string) => void): void {
  const written = join(parent, `.orchd-patch-${randomUUID()}`)
  try {
    writeFileSync(written, text, { flag: 'wx', mode })
    put(written)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
}
