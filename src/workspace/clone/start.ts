import { git } from '../git.ts'
import { type Clone, remoteRef } from './clone.ts'

type Start = {
  /** What people call it. */
  readonly baseName: string
  /** As git finds it in the clone. */
  readonly revision: string
}

/**
 * Where work in a clone starts. The result branch of earlier runs is in the clone, and may be on the remote, too: the
 * work goes on with whichever holds the other, and with the remote's where neither does.
 */
export async function startIn(
  { gitDir, head }: Clone,
  { base, branch }: { readonly base: string | null; readonly branch: string | null },
): Promise<Start> {
  const env = { GIT_DIR: gitDir }
  const is = async (args: readonly string[]): Promise<boolean> =>
    (await git(args, { env, codes: [0, 1, 128] })).exitCode === 0
  const has = (ref: string): Promise<boolean> => is(['rev-parse', '--verify', '--quiet', ref])
  const found = async (name: string): Promise<Start> =>
    (await has(remoteRef(name))) ? { baseName: name, revision: remoteRef(name) } : { baseName: name, revision: name }
  if (base !== null && base !== 'HEAD') return found(base)
  const own = `refs/heads/${branch}`
  if (base === null && branch !== null && (await has(own))) {
    const theirs = remoteRef(branch)
    const goesOn = !(await has(theirs)) || (await is(['merge-base', '--is-ancestor', theirs, own]))
    return { baseName: branch, revision: goesOn ? own : theirs }
  }
  if (base === null && branch !== null && (await has(remoteRef(branch)))) return found(branch)
  return head === null ? { baseName: 'HEAD', revision: 'HEAD' } : found(head)
}
