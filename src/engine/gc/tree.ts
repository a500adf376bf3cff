import { execFile } from 'node:child_process'
import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type TreeSize = {
  readonly files: number
  /** What it takes on the disk: logs have holes. */
  readonly bytes: number
  /** When anything in it changed last; 0 when there is nothing. */
  readonly changedAt: number
}

const nothing: TreeSize = { files: 0, bytes: 0, changedAt: 0 }
const blockBytes = 512

/** The size of a file, link or folder with all that is in it; links are not followed. Nothing, when it is not there. */
export async function treeSize(path: string): Promise<TreeSize> {
  try {
    const found = await lstat(path)
    const own = { files: found.isDirectory() ? 0 : 1, bytes: found.blocks * blockBytes, changedAt: found.mtimeMs }
    return found.isDirectory() ? plus(own, await contentSize(path)) : own
  } catch (error) {
    if (isOneOf(error, ['ENOENT', 'EACCES', 'ENAMETOOLONG'])) return nothing
    throw error
  }
}

const filesAtOnce = 32

/** Folders one after the other: one with a million files in it must not become a million calls at once. */
async function contentSize(path: string): Promise<TreeSize> {
  let sum = nothing
  let files: Promise<TreeSize>[] = []
  const take = async (): Promise<void> => {
    for (const size of await Promise.all(files)) sum = plus(sum, size)
    files = []
  }
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) sum = plus(sum, await treeSize(inner))
    else files.push(treeSize(inner))
    if (files.length >= filesAtOnce) await take()
  }
  await take()
  return sum
}

const plus = (a: TreeSize, b: TreeSize): TreeSize => ({
  files: a.files + b.files,
  bytes: a.bytes + b.bytes,
  changedAt: Math.max(a.changedAt, b.changedAt),
})

/** Removes a folder, also one in which steps have made folders that cannot be written. False when it is still there. */
export async function removeTree(path: string): Promise<boolean> {
  const options = { recursive: true, force: true } as const
  try {
    await rm(path, options)
    return true
  } catch {
    await openFolders(path)
  }
  try {
    await rm(path, options)
    return true
  } catch {
    return removeDeep(path)
  }
}

/** Also where paths are too long for the kernel. False: what is left stays where it is, and its owner is told. */
const removeDeep = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    execFile('rm', ['-rf', '--', path], (error) => resolve(error === null))
  })

async function openFolders(path: string): Promise<void> {
  try {
    await chmod(path, 0o700)
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await openFolders(join(path, entry.name))
    }
  } catch {
    // Somebody else's: then removing it fails as well.
  }
}

const isOneOf = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))
