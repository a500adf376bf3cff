import type { RunContext } from '../run/change.ts'
import type { RunId } from '../base/ids.ts'
import { withLocks } from './locks.ts'
import type { Repository } from './repository.ts'
import { refValue } from './refs.ts'

/** Where a result went; `branch` null: there was nothing to publish. */
export type Published = { readonly branch: string | null; readonly note: string | null }

/**
 * Moves the result branch to a commit: only forward, never while somebody has it checked out, never by force. Where
 * that cannot be, the result goes to a branch of its own that is named after the run; one more for each further result
 * of a run that was taken up again. Asked twice, it is the same branch.
 */
export async function publish(
  repository: Repository,
  { branch, base }: Pick<RunContext, 'branch' | 'base'>,
  runId: RunId,
  commit: string,
): Promise<Published> {
  if (commit === base) return { branch: null, note: 'nothing was changed, so there is no branch' }
  const wanted = branch ?? `orchd/${runId}`
  const problem = await move(repository, wanted, commit, runId)
  if (problem === null) return { branch: wanted, note: null }
  const own = `${wanted}-${runId}`
  for (let count = 1; ; count += 1) {
    const other = count === 1 ? own : `${own}-${count}`
    const again = await move(repository, other, commit, runId)
    if (again === null) return { branch: other, note: `the result is on "${other}": "${wanted}" ${problem.why}` }
    if (!again.isTaken)
      throw new Error(`neither "${wanted}" (${problem.why}) nor "${other}" (${again.why}) could be moved to ${commit}`)
  }
}

/** @property isTaken it is there, and somebody else's or an earlier result's */
type Problem = { readonly why: string; readonly isTaken: boolean }

/** Why the branch cannot be moved, or `null` when it is where it should be. */
async function move(repository: Repository, branch: string, commit: string, runId: RunId): Promise<Problem | null> {
  const ref = `refs/heads/${branch}`
  const before = await refValue(repository, ref)
  if (before === commit) return null
  if (before !== null) {
    const { exitCode } = await repository.clean(['merge-base', '--is-ancestor', before, commit], { codes: [0, 1] })
    if (exitCode === 1) return { why: 'holds commits that the result does not', isTaken: true }
  }
  if ((await checkedOut(repository)).has(ref)) return { why: 'is checked out', isTaken: true }
  const args = ['update-ref', '-m', `orchd: run ${runId}`, ref, commit, before ?? '0'.repeat(commit.length)]
  const { exitCode, stderr } = await withLocks(repository, [ref], commit, () =>
    repository.main(args, { codes: [0, 1, 128] }),
  )
  return exitCode === 0 ? null : { why: `could not be moved (${stderr.trim().split('\n').at(-1)})`, isTaken: false }
}

/** The branches that are checked out in any work tree of the repository. */
async function checkedOut(repository: Repository): Promise<ReadonlySet<string>> {
  const { stdout } = await repository.main(['worktree', 'list', '--porcelain'])
  return new Set(Array.from(stdout.matchAll(/^branch (.+)$/gm), ([, ref = '']) => ref))
}
