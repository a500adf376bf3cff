import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Attempt } from '../ports/agent.ts'
import type { WorkspacePaths } from './names.ts'
import { git } from './git.ts'
import type { Repository } from './repository.ts'

/**
 * Makes a workspace with a commit checked out: a repository of its own, in which an agent may commit and stash as it
 * likes, that shares the objects of the main one and knows nothing else of it.
 *
 * It is made beside its place and moved there when it is whole: what a crash leaves is never taken for a workspace, and a
 * git that outlives us writes nowhere that counts.
 */
export async function makeWorkspace(
  repository: Repository,
  attempt: Attempt,
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
    await copyFile(index, paths.index)
    await rename(made, paths.tree)
    await writeFile(paths.ready, String(attempt.attempt))
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw error
  }
}

/** Which attempt a workspace was made for; `null`: there is none, or it never was complete. */
export async function workspaceFor(paths: WorkspacePaths): Promise<number | null> {
  const text = await readFile(paths.ready, 'utf8').catch(() => null)
  return text === null ? null : Number(text)
}

/** The mark goes first, so that half a workspace is none. */
export async function removeWorkspace(paths: WorkspacePaths): Promise<void> {
  await rm(paths.ready, { force: true })
  await rm(paths.folder, { recursive: true, force: true })
}

async function makeOwnRepository(
  { objects }: Repository,
  { context, step }: Attempt,
  commit: string,
  tree: string,
): Promise<void> {
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  await git(['init', '--quiet', '--template=', `--object-format=${format}`, `--initial-branch=orchd/${step}`, tree])
  const own = join(tree, '.git')
  await mkdir(join(own, 'objects', 'info'), { recursive: true })
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${objects}\n`)
  const env = { GIT_DIR: own }
  await git(['update-ref', 'HEAD', commit], { env })
  if (context === null) return
  await git(['config', 'user.name', context.author.name], { env })
  await git(['config', 'user.email', context.author.email], { env })
}
