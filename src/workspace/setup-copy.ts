import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { folderInside } from './inside.ts'

/** A workspace's root, and the project folder in it. */
type Project = { readonly root: string; readonly prefix: string }

/**
 * Keeps what a setup left as an entry of the cache, whole or not at all. Links and permissions stay, blocks are shared
 * where the file system can.
 *
 * @throws Error for what is behind a link
 */
export async function keepIn(
  entry: string,
  { root, prefix }: Project,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const made = `${entry}.${randomBytes(6).toString('hex')}`
  await mkdir(made, { recursive: true, mode: 0o700 })
  try {
    const project = await folderInside(root, prefix)
    for (const pattern of patterns) {
      for await (const path of glob(pattern, { cwd: project })) {
        const from = await folderInside(root, join(prefix, dirname(path)))
        const to = await folderInside(made, dirname(path), 'make')
        await copyTree(join(from, basename(path)), join(to, basename(path)), signal)
      }
    }
    await rename(made, entry)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    if (!existsSync(entry)) throw error // else another holder's run was quicker
  }
}

/**
 * Brings an entry of the cache into a workspace. A file takes the place of a link.
 *
 * @throws Error where a folder would have to
 */
export const bringFrom = async (entry: string, { root, prefix }: Project, signal: AbortSignal): Promise<void> =>
  copyTree(entry, await folderInside(root, prefix), signal)

/** Follows no link on either side. */
async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  const args = ['-aT', '--reflink=auto', '--remove-destination', '--', from, to]
  const { execa } = await import('execa')
  const { failed, stderr, shortMessage } = await execa('cp', args, {
    cancelSignal: signal,
    stdin: 'ignore',
    reject: false,
  })
  signal.throwIfAborted()
  if (failed) throw new Error(stderr.split('\n', 1)[0] || shortMessage)
}
