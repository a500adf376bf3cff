import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { err, ok, type Result } from '../../../base/result.ts'

/** Where a path of a patch leads: symbolic links followed, in the workspace. `parent` may not be there yet. */
export type Place = { readonly file: string; readonly parent: string; readonly exists: boolean }

/**
 * The file that a path names. A path must stay in the workspace, by its words and by what its links lead to, and away
 * from git's own files: those name programs that git runs.
 */
export function placeOf(root: string, path: string): Result<Place, string> {
  const wrong = wrongWords(path)
  if (wrong !== null) return err(wrong)
  const realRoot = realpathSync(root)
  const file = join(realRoot, path)
  if (file === realRoot) return err(`${path} is the workspace itself`)
  const above = nearest(dirname(file))
  if (above === null) return err(`${path} lies below something that is no folder`)
  const parent = join(above.real, relative(above.path, dirname(file)))
  const target = join(parent, path.split('/').findLast((name) => name !== '' && name !== '.') ?? '')
  const link = kindOf(target)
  const real = link === 'link' ? realOrNull(target) : target
  if (real === null) return err(`${path} is a symbolic link that leads nowhere`)
  if (!isWithin(real, realRoot) || !isWithin(parent, realRoot)) return err(`${path} leads out of the workspace`)
  if (relative(realRoot, real).split('/').some(isGits)) return err(`${path} is git's own, which no patch may change`)
  const kind = kindOf(real)
  if (kind !== null && kind !== 'file') return err(`${path} is no regular file`)
  return ok({ file: real, parent: dirname(real), exists: kind === 'file' })
}

function wrongWords(path: string): string | null {
  if (path === '' || path.includes('\0')) return 'the path is empty or has a NUL in it'
  if (isAbsolute(path)) return `${path} is absolute: name it relative to the workspace`
  if (path.split('/').includes('..')) return `${path} has .. in it: name it relative to the workspace`
  return path.endsWith('/') ? `${path} names a folder` : null
}

/** On some file systems it has more than one spelling. */
const isGits = (name: string): boolean =>
  /^\.git[. ]*$/i.test(name.replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/g, ''))

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** The nearest folder that is there, and where it really is; `null`: something else is in its place. */
function nearest(path: string): { readonly path: string; readonly real: string } | null {
  for (let at = path; ; at = dirname(at)) {
    const kind = kindOf(at)
    if (kind === null && at !== dirname(at)) continue
    const real = realOrNull(at)
    return real !== null && kindOf(real) === 'folder' ? { path: at, real } : null
  }
}

function kindOf(path: string): 'file' | 'folder' | 'link' | 'other' | null {
  const stats = statsOf(path)
  if (stats === null) return null
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

function statsOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null // not there, or below a file
  }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null // a link that leads nowhere, or in a circle
  }
}
