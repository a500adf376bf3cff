import { err, ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import { mergeMessage } from './message.ts'
import { mergeRef } from './names.ts'
import { firstPathspecs } from './pathspecs.ts'
import { refValue } from './refs.ts'
import type { Repository } from './repository.ts'

/** Two sides that cannot be merged by git alone. */
export type Conflict = {
  readonly files: readonly string[]
  /** The steps whose changes touched those files, one list for each side; what no step did is not in them. */
  readonly sides: readonly [readonly string[], readonly string[]]
  readonly commits: readonly [string, string]
  /** What git made of it by itself: a tree, with marks in the files. */
  readonly tree: string
  /** What git says of it, a line each. */
  readonly messages: readonly string[]
}

/** Two commits that git alone could not merge, and what somebody made of them. */
export type Resolved = { readonly commits: Conflict['commits']; readonly commit: string }

/**
 * The merge of commits, as a commit: one after the other in their order, those left out that others hold already. The
 * same merge is always the same commit, so that it may be made again after a crash; what somebody resolved is used again,
 * and told in its order.
 */
export async function mergeHeads(
  repository: Repository,
  attempt: Attempt,
  heads: readonly string[],
  signal: AbortSignal,
  using: (resolved: Resolved) => void = () => {},
): Promise<Result<string, Conflict>> {
  const [first = '', ...rest] = await independent(repository, heads, signal)
  let merged = first
  for (const head of rest) {
    const resolved = await refValue(repository, mergeRef(attempt.runId, merged, head))
    if (resolved !== null) {
      using({ commits: [merged, head], commit: resolved })
      merged = resolved
      continue
    }
    const tree = await mergedTree(repository, merged, head, signal)
    if (!tree.ok) return tree
    const names = [await nameOf(repository, merged), await nameOf(repository, head)] as const
    merged = await commitTree(repository, attempt, tree.value, [merged, head], mergeMessage(attempt, ...names))
  }
  return ok(merged)
}

/** In the order that they came in. */
export async function independent(
  repository: Repository,
  heads: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (heads.length < 2) return heads
  const { stdout } = await repository.clean(['merge-base', '--independent', ...heads], { signal })
  const kept = new Set(stdout.trim().split('\n'))
  return heads.filter((head) => kept.has(head))
}

/** The tree of both, or why there is none. */
export async function mergedTree(
  repository: Repository,
  one: string,
  other: string,
  signal: AbortSignal,
): Promise<Result<string, Conflict>> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', one, other]
  const { exitCode, stdout } = await repository.clean(args, { signal, codes: [0, 1] })
  const [tree = '', ...fields] = stdout.split('\0')
  if (exitCode === 0) return ok(tree)
  const end = fields.indexOf('')
  const files = [...new Set(fields.slice(0, end))].toSorted()
  const sides = [
    await stepsThatTouched(repository, other, one, files),
    await stepsThatTouched(repository, one, other, files),
  ] as const
  return err({ files, sides, commits: [one, other], tree, messages: messagesIn(fields.slice(end + 1)) })
}

/** Each message is the number of its paths, the paths, a type, and the text. */
function messagesIn(fields: readonly string[]): readonly string[] {
  const messages: string[] = []
  for (let at = 0; at < fields.length - 1;) {
    const paths = Number(fields[at])
    const text = fields[at + paths + 2]
    if (text === undefined || Number.isNaN(paths)) break
    messages.push(text.trim())
    at += paths + 3
  }
  return messages.filter((message) => !message.startsWith('Auto-merging'))
}

async function stepsThatTouched(
  repository: Repository,
  without: string,
  side: string,
  files: readonly string[],
): Promise<readonly string[]> {
  const format = '--format=%(trailers:key=Orchd-Step,valueonly,separator=%x2C)'
  const args = ['log', '--no-merges', '--reverse', format, `${without}..${side}`, '--', ...firstPathspecs(files)]
  const { stdout } = await repository.clean(args)
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))]
}

const stepName = /^[a-z][a-z0-9_-]*(?:[/.][a-z0-9][a-z0-9_-]*)*$/

/** How a side of a merge is called: after the step that made it, else by its hash. */
export async function nameOf(repository: Repository, commit: string): Promise<string> {
  const format = '--format=%(trailers:key=Orchd-Step,valueonly,separator=%x2C)'
  const { stdout } = await repository.clean(['log', '-1', format, commit])
  const name = stdout.trim()
  // Whoever made a commit that a run begins with may have written anything there.
  return stepName.test(name) ? name : commit.slice(0, 12)
}

export async function commitTree(
  repository: Repository,
  attempt: Pick<Attempt, 'startedAt'>,
  tree: string,
  parents: readonly string[],
  message: string,
  at: number = attempt.startedAt,
): Promise<string> {
  const date = `@${Math.floor(at / 1000)} +0000`
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  const { stdout } = await repository.clean(args, { input: message, env })
  return stdout.trim()
}
