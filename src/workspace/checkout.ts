import { randomBytes } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { stepId } from '../base/ids.ts'
import type { Attempt } from '../ports/agent.ts'
import { copyAlong } from './extras.ts'
import { copyIndex } from './index-file.ts'
import type { WorkspacePaths } from './names.ts'
import { removeFolder } from './remove-folder.ts'
import type { Repository } from './repository.ts'

/** What the run started from, in every workspace: `git diff orchd/base` shows all that was changed since. */
const baseRef = 'refs/orchd/base'

/** What the names of removed workspaces begin with; no step's does. */
const goneMark = '.gone-'

/**
 * Makes a workspace with a commit checked out: a repository of its own, in which an agent may commit and stash as it
 * likes, that shares the objects of the main one and knows nothing else of it.
 *
 * It is made beside its place and moved there when it is whole: what a crash leaves is never taken for a workspace, and a
 * git that outlives us writes nowhere that counts.
 */
export async function makeWorkspace(
  repository: Repository,
  attempt: Pick<Attempt, 'attempt' | 'step' | 'context'>,
  commit: string,
  paths: WorkspacePaths,
  signal: AbortSignal,
): Promise<void> {
  await removeWorkspace(paths)
  await mkdir(paths.folder, { recursive: true, mode: 0o700 })
  const made = join(paths.folder, `making-${randomBytes(6).toString('hex')}`)
  try {
    await makeOwnRepository(repository, attempt, commit, made)
    const index = join(made, '.git', 'index')
    await repository.clean(['read-tree', '--reset', '-u', commit], { tree: made, index, signal })
    await copyIndex(index, paths.index)
    await rename(made, paths.tree)
    if (attempt.context !== null) await copyAlong(attempt.context, paths)
    await writeFile(paths.ready, readyNote(attempt))
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw error
  }
}

type Holder = Pick<Attempt, 'step' | 'attempt'>

export const readyNote = ({ step, attempt }: Holder): string => `${attempt} ${step}`

/** Which attempt a workspace was made for; `null`: there is none, or it never was complete. */
export async function holderOf(paths: WorkspacePaths): Promise<Holder | null> {
  const text = await readFile(paths.ready, 'utf8').catch(() => null)
  if (text === null) return null
  const [attempt = '', step = basename(paths.folder)] = text.split(' ')
  return { step: stepId(step), attempt: Number(attempt) }
}

/** Which attempt of a step its workspace was made for. */
export const workspaceFor = async (paths: WorkspacePaths): Promise<number | null> =>
  (await holderOf(paths))?.attempt ?? null

/**
 * Moves a workspace out of the way, and then removes it: half of one is never in the place of one, and what a git or a
 * command that outlives us still writes goes where nobody looks.
 */
export async function removeWorkspace(paths: WorkspacePaths): Promise<void> {
  const gone = join(dirname(paths.folder), `${goneMark}${randomBytes(6).toString('hex')}`)
  try {
    await rename(paths.folder, gone)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  // What resists is left for gc: it is in nobody's way.
  await removeFolder(gone).catch(() => {})
}

/** Removes what was moved out of the way by a holder that did not live to remove it. */
export async function removeLeftovers(stateFolder: string): Promise<void> {
  const gone = globSync(`workspaces/*/${goneMark}*`, { cwd: stateFolder })
  const looked = globSync('git/looked.*', { cwd: stateFolder })
  for (const path of [...gone, ...looked]) await removeFolder(join(stateFolder, path)).catch(() => {}) // nor are the others
}

export async function makeOwnRepository(
  repository: Repository,
  { context, step }: Pick<Attempt, 'step' | 'context'>,
  commit: string,
  tree: string,
): Promise<void> {
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  await repository.other([
    'init',
    '--quiet',
    '--template=',
    `--object-format=${format}`,
    `--initial-branch=orchd/${step}`,
    tree,
  ])
  const own = join(tree, '.git')
  await mkdir(join(own, 'objects', 'info'), { recursive: true })
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${repository.objects}\n`)
  const env = { GIT_DIR: own }
  await repository.other(['update-ref', 'HEAD', commit], { env })
  if (context === null) return
  await repository.other(['update-ref', baseRef, context.base], { env })
  await repository.other(['config', 'user.name', context.author.name], { env })
  await repository.other(['config', 'user.email', context.author.email], { env })
}
