import type { Stats } from 'node:fs'
import { lstat, mkdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, normalize, relative } from 'node:path'

/** Somewhere that nobody may go from a workspace. What is in it says so: trying again is in vain. */
export class OutsideError extends Error {}

/**
 * Makes sure that a folder is really below another one, looking at each folder on the way: an agent may have put a link
 * there, behind which the holder would read or write anywhere.
 *
 * @param root is trusted itself
 * @param path of the folder, relative to the root
 * @param make makes the folders that are not there
 * @returns the folder's path
 * @throws OutsideError that names the first thing on the way that is no folder
 */
export async function folderInside(root: string, path: string, make: 'make' | 'find' = 'find'): Promise<string> {
  const inside = normalize(path)
  const parts = inside.split('/').filter((part) => part !== '.' && part !== '')
  if (isAbsolute(inside) || parts[0] === '..') throw new OutsideError(`"${path}" leads out of "${root}"`)
  let at = root
  for (const [index, part] of parts.entries()) {
    at = join(at, part)
    const found = (await statOf(at)) ?? (make === 'make' ? await made(at) : null)
    if (found?.isDirectory() === true) continue
    const what = found === null ? 'is not there' : found.isSymbolicLink() ? 'is a link' : 'is no folder'
    throw new OutsideError(
      `"${parts.slice(0, index + 1).join('/')}" in "${root}" ${what}: nothing is read or written there`,
    )
  }
  return at
}

/**
 * Makes sure that an attempt does not begin beside its workspace: an agent may have put a link in the place of the project
 * folder, or of one in it. A folder that is not there is told by whoever begins in it.
 *
 * @throws OutsideError that names the folder
 */
export async function checkWorkingDirectory({ root, prefix, workingDirectory }: WorkingDirectory): Promise<void> {
  if ((await realPathOf(join(root, prefix))) !== null) await folderInside(root, prefix)
  const [real, inside] = [await realPathOf(workingDirectory), await realpath(root)]
  if (real === null || real === inside || real.startsWith(`${inside}/`)) return
  throw new OutsideError(
    `"${relative(root, workingDirectory)}" in "${root}" leads out of it by a link: nothing is begun there`,
  )
}

type WorkingDirectory = { readonly root: string; readonly prefix: string; readonly workingDirectory: string }

const realPathOf = (path: string): Promise<string | null> => realpath(path).catch(() => null)

const statOf = (path: string): Promise<Stats | null> => lstat(path).catch(() => null)

async function made(path: string): Promise<Stats> {
  await mkdir(path)
  return lstat(path)
}
