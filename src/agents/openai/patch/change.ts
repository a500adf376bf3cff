import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../../base/result.ts'
import { createdText, updatedText } from './apply.ts'
import type { Files } from './files.ts'
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
export async function change(root: string, operation: Operation, files: Files): Promise<Result<string, string>> {
  const { type, path } = operation
  try {
    const place = placeOf(root, path)
    if (!place.ok) return place
    if (type === 'create_file') return await create(place.value, path, operation.diff, files)
    if (!place.value.exists) return err(`there is no file ${path}`)
    if (type === 'update_file') return await update(place.value, path, operation.diff, files)
    await files.remove(join(root, path))
    return ok(`deleted ${path}`)
  } catch (error) {
    return err(`cannot change ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function create(place: Place, path: string, diff: string, files: Files): Promise<Result<string, string>> {
  if (place.exists) return err(`${path} is there already: use update_file, or delete_file first`)
  const text = createdText(diff)
  if (!text.ok) return text
  await files.create(place, text.value)
  return ok(`created ${path}`)
}

async function update(place: Place, path: string, diff: string, files: Files): Promise<Result<string, string>> {
  const { bytes, size, mode } = read(place.file)
  if (bytes === null) return err(`${path} is too large to be patched (${size} bytes)`)
  const text = decoded(bytes)
  if (text === null) return err(`${path} is no text in UTF-8`)
  const changed = updatedText(text, diff)
  if (!changed.ok) return err(`the diff does not fit ${path}: ${changed.error}`)
  await files.replace(place, changed.value, mode & 0o777)
  return ok(`updated ${path}`)
}

function read(path: string): { readonly bytes: Uint8Array | null; readonly size: number; readonly mode: number } {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { size, mode } = fstatSync(file)
    return { bytes: size > mostBytes ? null : readFileSync(file), size, mode }
  } finally {
    closeSync(file)
  }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
