import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agentFiles } from '../base/agent-files.ts'
import type { Attempt } from '../ports/agent.ts'
import { holderOf, makeOwnRepository, makeWorkspace, readyNote } from './checkout.ts'
import { copyAlong } from './extras.ts'
import { leftOutOf } from './left-out.ts'
import { copyIndex, withIndexCopy } from './index-file.ts'
import { matcherOf } from './globs.ts'
import { removeFolder } from './remove-folder.ts'
import { attemptRef, stepRef, type WorkspacePaths } from './names.ts'
import { refValue } from './refs.ts'
import type { Repository } from './repository.ts'

/**
 * Gives the workspace that the steps of a run share to the next attempt, with its commit checked out. What git ignores
 * stays: installed packages, caches and builds, but nothing that steers agents. After an attempt that did not succeed it is made anew.
 */
export async function takeOver(
  repository: Repository,
  attempt: Attempt,
  commit: string,
  paths: WorkspacePaths,
  signal: AbortSignal,
): Promise<void> {
  const { runId } = attempt
  const before = await holderOf(paths)
  const left = before === null ? null : await refValue(repository, attemptRef({ runId, ...before }))
  const isWhole =
    before !== null && left !== null && left === (await refValue(repository, stepRef({ runId, ...before })))
  if (!isWhole) return makeWorkspace(repository, attempt, commit, paths, signal)
  try {
    await rm(paths.ready)
    await checkOutOver(repository, attempt, commit, paths, signal)
    await writeFile(paths.ready, readyNote(attempt))
  } catch {
    signal.throwIfAborted()
    // Something ignored is where a file belongs, or cannot be removed: nothing of it is anybody's change.
    await makeWorkspace(repository, attempt, commit, paths, signal)
  }
}

/** By our index of what was checked out before, and with a fresh repository in place of the one that agents could write to. */
async function checkOutOver(
  repository: Repository,
  attempt: Attempt,
  commit: string,
  paths: WorkspacePaths,
  signal: AbortSignal,
): Promise<void> {
  const { tree, folder, index } = paths
  const settings = await leftOutOf(attempt, folder)
  const made = join(folder, `making-${randomBytes(6).toString('hex')}`)
  await rm(paths.opened, { force: true })
  try {
    await makeOwnRepository(repository, attempt, commit, made)
    await withIndexCopy(index, async (own) => {
      const inTree = { tree, index: own, signal }
      // What is ignored may be another thing in the next commit.
      const removeUntracked = () => repository.clean([...settings, 'clean', '-ffdq'], inTree)
      await removeUntracked()
      await repository.clean(['read-tree', '--reset', '-u', commit], inTree)
      await removeUntracked()
      await removeIgnoredAgentFiles(repository, settings, inTree)
      await copyIndex(own, join(made, '.git', 'index'))
      await copyIndex(own, index)
    })
    await rm(join(tree, '.git'), { recursive: true, force: true })
    await rename(join(made, '.git'), join(tree, '.git'))
  } finally {
    await rm(made, { recursive: true, force: true })
  }
  if (attempt.context !== null) await copyAlong(attempt.context, paths)
}

/**
 * The gate sees nothing that is ignored, and the next agent would do what such a file says. What lies in a folder that is
 * ignored as a whole stays.
 */
async function removeIgnoredAgentFiles(
  repository: Repository,
  settings: readonly string[],
  inTree: { readonly tree: string; readonly index: string; readonly signal: AbortSignal },
): Promise<void> {
  const list = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z']
  const { stdout } = await repository.clean([...settings, ...list], inTree)
  const steers = matcherOf(agentFiles.map((glob) => (glob.includes('/') ? glob : `**/${glob}`).toLowerCase()))
  for (const path of stdout.split('\0')) {
    const name = path.toLowerCase().replace(/\/$/, '')
    // A link in place of such a folder steers, too.
    if (name !== '' && (steers(name) || steers(`${name}/any`))) await removeFolder(join(inTree.tree, path))
  }
}
