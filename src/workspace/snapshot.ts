import type { Attempt } from '../ports/agent.ts'
import type { Change } from '../run/change.ts'
import { type Part, treeIn } from './extras.ts'
import { commitTree } from './merge.ts'
import { commitMessage } from './message.ts'
import { keep, refValue } from './refs.ts'
import { attemptRef, stepRef, type WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'

type Snapshot = {
  /** What the workspace was checked out from. */
  readonly base: string
  readonly session: string | null
  /** Whether the attempt succeeded: only then is it what the step came to. */
  readonly counts: boolean
  readonly now: number
  readonly part?: Part
}

/**
 * Keeps what an attempt left in its workspace, tracked or not, but nothing that is ignored: as a commit on its base,
 * under `refs/orchd/`. What was kept before stays as it is, so that it may be asked for again after a crash.
 */
export async function snapshot(
  repository: Repository,
  attempt: Attempt,
  paths: WorkspacePaths,
  { base, counts, ...rest }: Snapshot,
): Promise<Change> {
  const ref = attemptRef(attempt)
  const before = await refValue(repository, ref)
  const commit = before ?? (await commitOf(repository, attempt, paths, { base, ...rest }))
  await keep(repository, counts ? [ref, stepRef(attempt)] : [ref], commit)
  return changeOf(repository, base, commit)
}

async function commitOf(
  repository: Repository,
  attempt: Attempt,
  paths: WorkspacePaths,
  { base, session, now, part }: Omit<Snapshot, 'counts'>,
): Promise<string> {
  const tree = await treeIn(repository, attempt, paths, part)
  if (tree === (await treeOf(repository, base))) return base
  return commitTree(repository, attempt, tree, [base], commitMessage(attempt, session), now)
}

/**
 * Keeps what a workspace holds that no attempt works in any more, under a ref: behind what the ref holds, if that is
 * something else.
 *
 * @param on what was kept of it under another ref; when nothing has changed since, nothing more is kept
 */
export async function keepWorkspace(
  repository: Repository,
  of: Pick<Attempt, 'context' | 'startedAt'>,
  paths: WorkspacePaths,
  ref: string,
  on: string | null = null,
  part: Part = 'whole',
): Promise<void> {
  const last = (await refValue(repository, ref)) ?? on
  const base = of.context?.base ?? null
  const parents = [last ?? base].filter((parent) => parent !== null)
  const tree = await treeIn(repository, of, paths, part)
  if (last !== null && tree === (await treeOf(repository, last))) return
  await keep(repository, [ref], await commitTree(repository, of, tree, parents, `What was left in ${ref}\n`))
}

/** A change as the journal has it: with the sums of its diff. */
export async function changeOf(repository: Repository, base: string, commit: string): Promise<Change> {
  const tree = await treeOf(repository, commit)
  if (base === commit) return { base, commit, tree, files: 0, insertions: 0, deletions: 0 }
  const args = ['diff-tree', '-r', '-M', '--shortstat', '--no-ext-diff', '--no-textconv', base, commit]
  const { stdout } = await repository.clean(args)
  const count = (word: RegExp): number => Number(word.exec(stdout)?.[1] ?? 0)
  return {
    base,
    commit,
    tree,
    files: count(/(\d+) files? changed/),
    insertions: count(/(\d+) insertions?/),
    deletions: count(/(\d+) deletions?/),
  }
}

export const treeOf = async (repository: Repository, commit: string): Promise<string> =>
  (await repository.clean(['rev-parse', '--verify', `${commit}^{tree}`])).stdout.trim()
