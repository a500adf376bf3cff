import { rm } from 'node:fs/promises'
import { makeReadable } from './readable.ts'

/**
 * Removes a folder of ours, whatever an agent made of what is in it: closed to its owner, or deeper than a path can be long.
 *
 * @throws Error that names what is left of it
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await makeReadable(path)
    const { execa } = await import('execa')
    const { failed, stderr, shortMessage } = await execa('rm', ['-rf', '--', path], { stdin: 'ignore', reject: false })
    if (failed) throw new Error(stderr.split('\n', 1)[0] || shortMessage)
  }
}
