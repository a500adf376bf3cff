import type { PullRequestTarget } from '../../run/change.ts'
import { proxies, tokenFor } from '../credentials.ts'
import type { GitCall } from '../git.ts'
import type { Repository } from '../repository.ts'
import { ApiError } from './api-error.ts'

type Pushed = {
  readonly commit: string
  readonly branch: string
  /** The branch that the pull request is for: nothing is pushed there. */
  readonly base: string
  readonly runId: string
  readonly token: string
}

/**
 * Pushes a commit to a branch of the remote: only forward, never by force. With the commit there already, or somebody's
 * commits behind it, nothing happens. A branch that holds other commits stays as it is; the result then goes to one that
 * is named after the run.
 *
 * @returns the branch that has the commit now, and why it is not the one that was asked for
 * @throws ApiError
 */
export async function push(
  repository: Repository,
  target: PullRequestTarget,
  { commit, branch, base, runId, token }: Pushed,
  signal: AbortSignal,
): Promise<{ readonly head: string; readonly note: string | null }> {
  const own = `${branch}-${runId}`
  const why = `"${branch}" ${branch === base ? 'is what the pull request is for' : 'holds other commits on the remote'}`
  const call = { env: { ...proxies(), ...tokenFor(target.pushUrl, token) }, codes: [0, 1, 128], signal }
  for (const name of branch === base ? [own] : [branch, own]) {
    const ref = `refs/heads/${name}`
    const args = ['push', '--porcelain', '--no-verify', target.pushUrl, `${commit}:${ref}`]
    const { exitCode, stdout, stderr } = await repository.clean(args, call)
    const isRejected = /^!\t.*\[rejected\]/m.test(stdout)
    if (exitCode !== 0 && !isRejected) throw pushError(target, stdout, stderr)
    if (exitCode === 0 || (await isBehind(repository, target.pushUrl, { commit, ref }, call)))
      return { head: name, note: name === branch ? null : `the result is on "${name}": ${why}` }
  }
  throw new ApiError('agent_error', `both "${branch}" and "${own}" hold other commits on the remote`)
}

/** Whether a branch of the remote holds the commit, and more. */
async function isBehind(
  repository: Repository,
  url: string,
  { commit, ref }: { readonly commit: string; readonly ref: string },
  call: GitCall,
): Promise<boolean> {
  const tip = /^[0-9a-f]+/.exec((await repository.clean(['ls-remote', url, ref], call)).stdout)?.[0]
  if (tip === undefined) return false
  const quiet = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  await repository.clean(['fetch', ...quiet, url, ref], call)
  return (await repository.clean(['merge-base', '--is-ancestor', commit, tip], call)).exitCode === 0
}

function pushError({ owner, name, pushUrl }: PullRequestTarget, stdout: string, stderr: string): ApiError {
  const said = `${stderr}\n${stdout}`
  if (/Authentication failed|returned error: 401|could not read Username/.test(said))
    return new ApiError('auth', `GITHUB_TOKEN is not accepted for ${owner}/${name}: give a valid one, and orchd retry`)
  if (/returned error: 403|Permission to .* denied/.test(said))
    return new ApiError(
      'permission_denied',
      `GITHUB_TOKEN may not push to ${owner}/${name}: it needs "contents: write"`,
    )
  if (/returned error: 404|[Rr]epository .*not found/.test(said))
    return new ApiError(
      'permission_denied',
      `there is no repository ${owner}/${name} on ${new URL(pushUrl).host}, or GITHUB_TOKEN may not see it`,
    )
  const refused = /^!\t\S+\t(.*)$/m.exec(stdout)?.[1]
  if (refused !== undefined) {
    // Somebody else is pushing to the same branch at this moment.
    const isBusy = /cannot lock ref|failed to update ref|reference already exists/.test(said)
    const message = `${owner}/${name} refuses the push: ${[refused, ...remoteWords(stderr)].join(': ')}`
    return new ApiError(isBusy ? 'transient' : 'agent_error', message)
  }
  return new ApiError('transient', `the push to ${owner}/${name} failed: ${lastLine(stderr)}`)
}

/** What the remote itself says, as hooks and rules for branches do. */
function remoteWords(stderr: string): readonly string[] {
  const words = Array.from(stderr.matchAll(/^remote: *(\S.*?)\s*$/gm), ([, line = '']) => line).join('; ')
  return words === '' ? [] : [words.slice(0, 500)]
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
