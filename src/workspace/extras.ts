import { constants } from 'node:fs'
import { copyFile, glob, lstat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import { folderInside } from './inside.ts'
import { settleInnerRepositories } from './inner-repositories.ts'
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

/**
 * All that is in a workspace as a tree of git, but what git ignores, what was copied along, and what the setup made: that
 * is nobody's change.
 */
export async function treeIn(
  repository: Repository,
  of: Pick<Attempt, 'context'>,
  { tree, folder, index }: WorkspacePaths,
): Promise<string> {
  const settings = await leftOutOf(of, folder)
  return withIndexCopy(index, async (own) => {
    await settleInnerRepositories(repository, { tree, folder }, own, settings)
    await repository.clean([...settings, 'add', '--all', '--', '.'], { tree, index: own })
    return (await repository.clean(['write-tree'], { index: own })).stdout.trim()
  })
}

/** Settings by which git ignores what was copied along and what the setup made, too. */
export async function leftOutOf({ context }: Pick<Attempt, 'context'>, folder: string): Promise<readonly string[]> {
  const { prefix, copy = [], setup } = context ?? { prefix: '' }
  const at = prefix === '' ? '' : `${prefix}/`
  const patterns = [...copy, ...(setup?.cache ?? [])].map((pattern) => `/${at}${pattern}\n`)
  const file = join(folder, 'left-out')
  await writeFile(file, patterns.join(''))
  return ['-c', `core.excludesFile=${file}`]
}
