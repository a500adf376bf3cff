import { chmod } from 'node:fs/promises'

/**
 * Opens what an attempt left in a folder to whoever reads it: what was closed to its owner, too, is not any more, and
 * pipes, sockets and devices are gone, at which a reader would wait for ever. What belongs to somebody else stays as it is.
 *
 * @param folder no link
 * @returns what is called `.git` and is no folder: paths relative to the folder, a character for each byte
 */
export async function makeReadable(folder: string): Promise<readonly string[]> {
  await chmod(folder, 0o700)
  const expression = [
    ['-name', '.git', '!', '-type', 'd', '-print0'],
    ['-type', 'd', '!', '-perm', '-700', '-exec', 'chmod', 'u+rwx', '{}', ';'],
    ['-type', 'f', '!', '-perm', '-400', '-exec', 'chmod', 'u+r', '{}', '+'],
    ['!', '-type', 'd', '!', '-type', 'f', '!', '-type', 'l', '-exec', 'rm', '-f', '--', '{}', '+'],
  ].flatMap((part, at) => (at === 0 ? part : ['-o', ...part]))
  const { execa } = await import('execa')
  const found = await execa('find', ['-P', '.', '-xdev', ...expression], {
    cwd: folder,
    stdin: 'ignore',
    encoding: 'latin1',
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  })
  // What it could not change it says, and git says it again when it cannot read that.
  if (found.exitCode === undefined) throw new Error(`"${folder}" could not be looked through: ${found.shortMessage}`)
  return found.stdout.split('\0').flatMap((path) => (path === '' ? [] : [path.replace(/^\.\//, '')]))
}
