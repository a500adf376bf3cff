import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The inbox and its three folders. */
export type InboxFolders = {
  readonly inbox: string
  readonly claimed: string
  readonly accepted: string
  readonly rejected: string
}

export const inboxFolders = (inbox: string): InboxFolders => ({
  inbox,
  claimed: join(inbox, 'claimed'),
  accepted: join(inbox, 'accepted'),
  rejected: join(inbox, 'rejected'),
})

const othersMayWrite = 0o002n

/**
 * Makes what is missing and looks at what is there.
 *
 * @returns what tells this folder from one that is made in its place later
 * @throws an error that says what is wrong, when it cannot be used
 */
export async function prepareFolders(folders: InboxFolders): Promise<string> {
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o755 })
  const { dev, ino, mode, birthtimeNs } = await stat(folders.inbox, { bigint: true })
  if ((mode & othersMayWrite) !== 0n) {
    throw new Error(`every user may write into "${folders.inbox}", so nothing is taken from it: chmod o-w it`)
  }
  // The inode alone does not tell: a new folder gets the number of the deleted one.
  return `${dev}:${ino}:${birthtimeNs}`
}

/** Everything that lies in the inbox itself. */
export const listInbox = ({ inbox }: InboxFolders): Promise<string[]> => readdir(inbox)
