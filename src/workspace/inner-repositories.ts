import { randomBytes } from 'node:crypto'
import { lstat, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'

/** Repositories in repositories in repositories: nobody who means well has more. */
const deepest = 20

/**
 * Has git look at repositories within a workspace from outside only. It would keep a new one as nothing but the id of a
 * commit that nobody else has, so it becomes a folder like others; and it would ask each submodule what is changed in it,
 * with whatever settings an agent wrote there.
 *
 * @param index ours, which is changed
 * @param settings what decides which files are ignored
 */
export async function settleInnerRepositories(
  repository: Repository,
  { tree, folder }: Pick<WorkspacePaths, 'tree' | 'folder'>,
  index: string,
  settings: readonly string[],
): Promise<void> {
  const submodules = await submodulesIn(repository, tree, index)
  for (const path of submodules) {
    // Where it points to now; what is behind a link by now is removed with all others.
    await repository.clean(['update-index', '--', path], { tree, index, codes: [0, 128] })
  }
  if (submodules.length > 0) {
    const input = submodules.map((path) => `${path}\0`).join('')
    await repository.clean(['update-index', '-z', '--skip-worktree', '--stdin'], { index, input })
  }
  const others = [...settings, 'ls-files', '--others', '--exclude-standard', '-z']
  for (let depth = 0; depth < deepest; depth++) {
    const { stdout } = await repository.clean(others, { tree, index })
    // A repository is listed as one folder.
    const gits = stdout.split('\0').flatMap((path) => (path.endsWith('/') ? [join(tree, path, '.git')] : []))
    let moved = 0
    for (const git of gits) {
      // A file points to the repository of a submodule or of another work tree.
      if (!(await lstat(git)).isDirectory()) continue
      await rename(git, join(folder, `inner-${randomBytes(6).toString('hex')}`))
      moved++
    }
    if (moved === 0) return
  }
  throw new Error(`there are repositories in repositories in it, ${deepest} deep`)
}

/** The submodules of an index that are more than empty folders. */
async function submodulesIn(repository: Repository, tree: string, index: string): Promise<readonly string[]> {
  const { stdout } = await repository.clean(['ls-files', '--stage', '-z'], { index })
  const paths = stdout
    .split('\0')
    .flatMap((entry) => (entry.startsWith('160000 ') ? [entry.slice(entry.indexOf('\t') + 1)] : []))
  const filled = await Promise.all(paths.map(async (path) => ((await isThere(join(tree, path, '.git'))) ? [path] : [])))
  return filled.flat()
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null)) !== null
