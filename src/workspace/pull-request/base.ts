import { git } from '../git.ts'

/** The branch of the remote for which a pull request is; `branch: null`: the remote's own default. */
type Base = { readonly branch: string | null; readonly notes: readonly string[] }

/**
 * For which branch of `origin` a pull request is: the one that the plan names, else the one that the work began with.
 * What else work can begin with (a tag, a commit, the result of an earlier run) is no branch to merge into.
 *
 * @param asked as `require_pr.base` has it, with or without `origin/` or `refs/heads/`
 * @param baseName as `RunContext` has it
 */
export async function pullRequestBase(
  {
    asked,
    baseName,
    branch,
  }: { readonly asked: string | null; readonly baseName: string; readonly branch: string | null },
  env: { readonly [name: string]: string },
): Promise<Base> {
  const name = asked ?? (baseName === 'HEAD' || baseName === branch ? null : baseName)
  if (name === null) return { branch: null, notes: [] }
  const args = ['for-each-ref', '--format=%(refname)', 'refs/heads/', 'refs/remotes/origin/']
  const refs = new Set((await git(args, { env })).stdout.trim().split('\n'))
  const short = name.replace(/^(?:refs\/heads\/|(?:refs\/)?(?:remotes\/)?origin\/)/, '')
  if (refs.has(`refs/remotes/origin/${short}`)) return { branch: short, notes: [] }
  if (asked === null && !refs.has(`refs/heads/${name}`)) return { branch: null, notes: [] }
  const isFetched = [...refs].some((ref) => ref.startsWith('refs/remotes/origin/'))
  const note = `the pull request is for "${short}", which "origin" did not have when it was fetched last: push it before the run ends`
  return { branch: short, notes: isFetched ? [note] : [] }
}
