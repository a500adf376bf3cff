import { constants } from 'node:fs'
import { copyFile, glob, lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import { folderInside } from './inside.ts'
import { settleInnerRepositories } from './inner-repositories.ts'
import { dropLeftOut, leftOutOf } from './left-out.ts'
import { makeReadable } from './readable.ts'
import { withIndexCopy } from './index-file.ts'
import type { WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'

/**
 * Brings files of the project folder along that git does not have (`context.copy`). What the workspace has already stays,
 * links and folders are left out.
 *
 * @throws Error for a file that is behind a link, or would be written there
 */
export async function copyAlong({ workTree, prefix, copy = [] }: RunContext, { tree }: WorkspacePaths): Promise<void> {
  const from = join(workTree, prefix)
  for (const pattern of copy) {
    for await (const path of glob(pattern, { cwd: from, exclude: ['.git', '.orchd'] })) {
      const source = join(from, path)
      if (!(await lstat(source)).isFile()) continue
      await folderInside(workTree, join(prefix, dirname(path)))
      const target = join(await folderInside(tree, join(prefix, dirname(path)), 'make'), basename(path))
      await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      })
    }
  }
}

/** What an agent left may keep git busy for as long as it likes, a file of a terabyte with nothing in it, say. */
const timeoutMs = 10 * 60_000

/** All that is in a workspace, or without what cannot be kept. */
export type Part = 'whole' | 'possible'

/**
 * All that is in a workspace as a tree of git, but what git ignores, what was copied along, and what the setup made: that
 * is nobody's change.
 *
 * @throws Error that names what cannot be read or kept, of the whole
 */
export async function treeIn(
  repository: Repository,
  of: Pick<Attempt, 'context'>,
  { tree, folder, index }: WorkspacePaths,
  part: Part = 'whole',
): Promise<string> {
  await folderInside(folder, basename(tree))
  const settings = await leftOutOf(of, folder)
  const pointers = await makeReadable(tree)
  return withIndexCopy(index, async (own) => {
    await settleInnerRepositories(repository, { tree, folder }, { index: own, settings, pointers, timeoutMs })
    const add = ['add', '--all', ...(part === 'whole' ? [] : ['--ignore-errors']), '--', '.']
    const codes = part === 'whole' ? [0] : [0, 1]
    const { stderr } = await repository.clean([...settings, ...add], { tree, index: own, codes, timeoutMs })
    const unread = part === 'whole' ? unreadIn(stderr) : null
    if (unread !== null) throw new Error(`not all of it can be read: ${unread}`)
    await dropLeftOut(repository, of, { before: index, index: own })
    return (await repository.clean(['write-tree'], { index: own })).stdout.trim()
  })
}

/** What git passed over, and told with no more than a warning; `null`: nothing. */
const unreadIn = (stderr: string): string | null =>
  stderr
    .split('\n')
    .find((line) => /^warning: could not open directory|: (Permission denied|File name too long)$/.test(line))
    ?.slice(0, 200) ?? null
