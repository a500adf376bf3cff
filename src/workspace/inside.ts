import type { Stats } from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'

/**
 * Makes sure that a folder is really below another one, looking at each folder on the way: an agent may have put a link
 * there, behind which the holder would read or write anywhere.
 *
 * @param root is trusted itself
 * @param path of the folder, relative to the root
 * @param make makes the folders that are not there
 * @returns the folder's path
 * @throws Error that names the first thing on the way that is no folder
 */
export async function folderInside(root: string, path: string, make: 'make' | 'find' = 'find'): Promise<string> {
  const inside = normalize(path)
  const parts = inside.split('/').filter((part) => part !== '.' && part !== '')
  if (isAbsolute(inside) || parts[0] === '..') throw new Error(`"${path}" leads out of "${root}"`)
  let at = root
  for (const [index, part] of parts.entries()) {
    at = join(at, part)
    const found = (await statOf(at)) ?? (make === 'make' ? await made(at) : null)
    if (found?.isDirectory() === true) continue
    const what = found === null ? 'is not there' : found.isSymbolicLink() ? 'is a link' : 'is no folder'
    throw new Error(`"${parts.slice(0, index + 1).join('/')}" in "${root}" ${what}: nothing is read or written there`)
  }
  return at
}

const statOf = (path: string): Promise<Stats | null> => lstat(path).catch(() => null)

async function made(path: string): Promise<Stats> {
  await mkdir(path)
  return lstat(path)
}
