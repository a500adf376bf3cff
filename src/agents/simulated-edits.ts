import { closeSync, constants, mkdirSync, openSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, normalize, relative, sep } from 'node:path'

/** A file that an agent writes, whole. `path` is relative to where the attempt works. */
export type Edit = { readonly path: string; readonly content: string }

/** Writes the files; what is wrong with one, else `null`. Nothing outside of `root` is ever written, links or not. */
export function applyEdits(root: string, edits: readonly Edit[]): string | null {
  for (const { path, content } of edits) {
    const place = normalize(path)
    if (place.startsWith(sep) || place.split(sep).includes('..') || place === '.' || place.includes('\0')) {
      return `cannot edit "${path}": it is outside of the workspace`
    }
    try {
      const problem = writeInside(realpathSync(root), place, content)
      if (problem !== null) return problem
    } catch (error) {
      return `cannot edit "${path}": ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return null
}

function writeInside(root: string, place: string, content: string): string | null {
  if (!isInside(root, existingParent(join(root, place))))
    return `cannot edit "${place}": a link leads out of the workspace`
  const folder = dirname(join(root, place))
  mkdirSync(folder, { recursive: true })
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
  const file = openSync(join(realpathSync(folder), basename(place)), flags, 0o666)
  try {
    writeFileSync(file, content)
  } finally {
    closeSync(file)
  }
  return null
}

const isInside = (root: string, path: string): boolean => path === root || !relative(root, path).startsWith('..')

/** Where the nearest folder above a path really is. */
function existingParent(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      return realpathSync(folder)
    } catch (error) {
      if (folder === dirname(folder)) throw error
    }
  }
}
