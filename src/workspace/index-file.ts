import { randomBytes } from 'node:crypto'
import { copyFile, rm, stat, utimes } from 'node:fs/promises'

/**
 * Copies an index with its time. Most builds of git compare times of files by the second only: what was changed in the
 * second of its checkout looks unchanged, unless the index is as old as that and git looks into the file.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from)
  await copyFile(from, to)
  await utimes(to, atime, mtime)
}

/** Works with a copy of an index, which is removed behind: a git that was killed leaves a lock beside its index. */
export async function withIndexCopy<T>(index: string, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = `${index}.${randomBytes(6).toString('hex')}`
  try {
    await copyIndex(index, copy)
    return await work(copy)
  } finally {
    await rm(copy, { force: true })
    await rm(`${copy}.lock`, { force: true })
  }
}
