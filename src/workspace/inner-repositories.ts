import { randomBytes } from 'node:crypto'
import { lstat, readFile, realpath, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { GitCall } from './git.ts'
import type { WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'

/** Repositories in repositories in repositories: nobody who means well has more. */
const deepest = 20
/** Of a file that points to a repository, in bytes. */
const longestPointer = 8192

type Place = Pick<WorkspacePaths, 'tree' | 'folder'>

/**
 * Has git look at repositories within a workspace from outside only. It would keep a new one as nothing but the id of a
 * commit that nobody else has, so it becomes a folder like others; and it would ask each submodule what is changed in it,
 * with whatever settings an agent wrote there. A submodule is what the index has as one, or has its repository where
 * `git submodule` puts it.
 *
 * @param index ours, which is changed
 * @param settings what decides which files are ignored
 * @param pointers what is called `.git` and is no folder; these and all paths here have a character for each byte
 */
export async function settleInnerRepositories(
  repository: Repository,
  { tree, folder }: Place,
  { index, settings, pointers, timeoutMs }: Settle,
): Promise<void> {
  const call = { index, bytes: true, timeoutMs } as const
  const submodules = await submodulesIn(repository, tree, call)
  // Before git looks where they point to: that may be anywhere.
  for (const pointer of pointers) {
    if (pointer === '.git' || submodules.includes(dirname(pointer))) continue
    if (!(await isOfSubmodule(tree, pointer))) await moveAway(folder, inTree(tree, pointer))
  }
  for (const path of submodules) {
    // Where it points to now; what is behind a link by now is removed with all others.
    const input = `${path}\0`
    await repository.clean(['update-index', '-z', '--stdin'], { ...call, tree, input, codes: [0, 128] })
  }
  if (submodules.length > 0) {
    const input = submodules.map((path) => `${path}\0`).join('')
    await repository.clean(['update-index', '-z', '--skip-worktree', '--stdin'], { ...call, input })
  }
  const others = [...settings, 'ls-files', '--others', '--exclude-standard', '-z']
  for (let depth = 0; depth < deepest; depth++) {
    const { stdout } = await repository.clean(others, { ...call, tree })
    // A repository is listed as one folder.
    const gits = stdout.split('\0').flatMap((path) => (path.endsWith('/') ? [inTree(tree, `${path}.git`)] : []))
    let moved = 0
    for (const git of gits) {
      if (!(await lstat(git).catch(() => null))?.isDirectory()) continue
      await moveAway(folder, git)
      moved++
    }
    if (moved === 0) return
  }
  throw new Error(`there are repositories in repositories in it, ${deepest} deep`)
}

type Settle = {
  readonly index: string
  readonly settings: readonly string[]
  readonly pointers: readonly string[]
  readonly timeoutMs: number
}

/** The submodules of an index that are more than empty folders. */
async function submodulesIn(
  repository: Repository,
  tree: string,
  call: GitCall & { readonly index: string },
): Promise<readonly string[]> {
  const { stdout } = await repository.clean(['ls-files', '--stage', '-z'], call)
  const paths = stdout
    .split('\0')
    .flatMap((entry) => (entry.startsWith('160000 ') ? [entry.slice(entry.indexOf('\t') + 1)] : []))
  const filled = await Promise.all(
    paths.map(async (path) => ((await isThere(inTree(tree, `${path}/.git`))) ? [path] : [])),
  )
  return filled.flat()
}

/** Whether a file points to where `git submodule` has the repositories of a work tree. */
async function isOfSubmodule(tree: string, pointer: string): Promise<boolean> {
  const path = inTree(tree, pointer)
  const found = await lstat(path).catch(() => null)
  if (found === null || !found.isFile() || found.size > longestPointer) return false
  const [, gitDir] = /^gitdir: (.+?)\n*$/s.exec(await readFile(path, 'latin1').catch(() => '')) ?? []
  if (gitDir === undefined) return false
  const target = resolve('/', dirname(path.toString('latin1')), gitDir)
  const real = await realpath(Buffer.from(target, 'latin1'), 'latin1').catch(() => null)
  const modules = `${Buffer.from(await realpath(tree)).toString('latin1')}/.git/modules/`
  return real?.startsWith(modules) === true
}

const moveAway = (folder: string, git: Buffer): Promise<void> =>
  rename(git, join(folder, `inner-${randomBytes(6).toString('hex')}`))

const inTree = (tree: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, 'latin1')])

const isThere = async (path: Buffer): Promise<boolean> => (await lstat(path).catch(() => null)) !== null
