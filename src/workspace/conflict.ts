import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import { makeWorkspace, workspaceFor } from './checkout.ts'
import { commitTree, type Conflict, nameOf } from './merge.ts'
import { commitMessage } from './message.ts'
import { attemptRef, mergeRef, type WorkspacePaths } from './names.ts'
import { keepLeft } from './opened.ts'
import { pathspecBatches } from './pathspecs.ts'
import { keep, refValue } from './refs.ts'
import { keepOrSetAside } from './set-aside.ts'
import type { Repository } from './repository.ts'
import { keepWorkspace } from './snapshot.ts'

/** Makes a workspace in which git is in the middle of the merge: one side is checked out, the other a branch. */
export async function makeConflict(
  repository: Repository,
  attempt: Attempt,
  { commits: [one, other], tree: merged }: Conflict,
  paths: WorkspacePaths,
  signal: AbortSignal,
): Promise<void> {
  await keepEarlier(repository, attempt, paths)
  await makeWorkspace(repository, attempt, one, paths, signal)
  const env = { GIT_DIR: join(paths.tree, '.git'), GIT_WORK_TREE: paths.tree }
  const branch = (await nameOf(repository, other)).replaceAll('/', '.')
  await repository.other(['branch', '--force', branch, other], { env, signal })
  // The workspace is as we made it: nobody has worked in it yet.
  await repository.other(['merge', '--no-commit', '--no-ff', branch], { env, cwd: paths.tree, signal, codes: [0, 1] })
  // What both sides have is known to our index: a file that one side ignores and the other has would not be added.
  await repository.clean(['read-tree', '-m', merged], { index: paths.index, signal })
  await writeFile(paths.conflict, JSON.stringify([one, other]))
}

/** Whether a workspace is there for this very conflict. */
export async function holdsConflict(paths: WorkspacePaths, { commits }: Conflict): Promise<boolean> {
  const held = await conflictIn(paths)
  return held !== null && JSON.stringify(held) === JSON.stringify(commits)
}

async function conflictIn({ conflict }: WorkspacePaths): Promise<Conflict['commits'] | null> {
  const text = await readFile(conflict, 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as Conflict['commits'])
}

/**
 * Keeps what somebody made of a conflict in the workspace of an earlier attempt, before that is removed: the conflict may
 * be another one by now, or none. What was taken as its resolution is not kept again.
 */
export async function keepEarlier(repository: Repository, attempt: Attempt, paths: WorkspacePaths): Promise<void> {
  const earlier = await workspaceFor(paths)
  if (earlier === null || earlier === attempt.attempt) return
  const commits = await conflictIn(paths)
  const taken = commits === null ? null : await refValue(repository, mergeRef(attempt.runId, ...commits))
  await keepOrSetAside(attempt, paths, async (part) => {
    if (commits !== null)
      await keepWorkspace(repository, attempt, paths, attemptRef({ ...attempt, attempt: earlier }), taken, part)
    else if (existsSync(paths.opened)) await keepLeft(repository, attempt, attempt, paths, part)
  })
}

/**
 * Keeps the tree that somebody made of a conflict as the merge of both sides. An error names the files that still
 * hold marks of the conflict.
 */
export async function takeResolution(
  repository: Repository,
  attempt: Attempt,
  { commits, files }: Conflict,
  tree: string,
  session: string | null,
): Promise<Result<string, readonly string[]>> {
  const marked = await stillMarked(repository, tree, files)
  if (marked.length > 0) return err(marked)
  const commit = await commitTree(repository, attempt, tree, commits, commitMessage(attempt, session))
  await keep(repository, [mergeRef(attempt.runId, ...commits)], commit)
  return ok(commit)
}

/**
 * The files that say that a merge was given up: all that only one side changed, when they are as on the other side. That is
 * so after `git merge --abort`, and when one side was checked out over the other. Empty: it was not, or no file can say so.
 */
export async function givenUp(
  repository: Repository,
  { commits: [one, other], files, tree: merged }: Conflict,
  tree: string,
): Promise<readonly string[]> {
  const [ofOther, ofOne, fromOne, fromOther] = await Promise.all([
    changedBetween(repository, one, merged),
    changedBetween(repository, other, merged),
    changedBetween(repository, one, tree),
    changedBetween(repository, other, tree),
  ])
  const conflicted = new Set(files)
  const lost = (brought: ReadonlySet<string>, byBoth: ReadonlySet<string>, changed: ReadonlySet<string>) => {
    const alone = [...brought].filter((file) => !byBoth.has(file) && !conflicted.has(file))
    return alone.some((file) => changed.has(file)) ? [] : alone
  }
  return [...lost(ofOther, ofOne, fromOne), ...lost(ofOne, ofOther, fromOther)]
}

async function changedBetween(repository: Repository, one: string, other: string): Promise<ReadonlySet<string>> {
  const { stdout } = await repository.clean(['diff-tree', '-r', '-z', '--no-renames', '--name-only', one, other])
  return new Set(stdout.split('\0').filter((file) => file !== ''))
}

async function stillMarked(repository: Repository, tree: string, files: readonly string[]): Promise<readonly string[]> {
  const wanted = new Set(files)
  // A name that is no UTF-8 cannot be asked for: then all files are looked at.
  const batches = files.some((file) => file.includes('\uFFFD')) ? [[]] : pathspecBatches(files)
  const marked: string[] = []
  for (const pathspecs of batches) {
    const args = ['grep', '-l', '-z', '-I', '-E', '^(<{7}|>{7}) ', tree, '--', ...pathspecs]
    const { stdout } = await repository.clean(args, { codes: [0, 1] })
    marked.push(...stdout.split('\0').map((line) => line.slice(tree.length + 1)))
  }
  return marked.filter((file) => wanted.has(file))
}
