import type { PullRequestTarget } from '../../run/change.ts'
import { proxies, tokenFor } from '../credentials.ts'
import type { Repository } from '../repository.ts'
import { ApiError } from './api-error.ts'

/**
 * Pushes a commit to a branch of the remote: only forward, never by force. With the commit there already nothing
 * happens. A branch that holds other commits stays as it is; the result then goes to one that is named after the run.
 *
 * @returns the branch that has the commit now
 * @throws ApiError
 */
export async function push(
  repository: Repository,
  target: PullRequestTarget,
  {
    commit,
    branch,
    runId,
    token,
  }: { readonly commit: string; readonly branch: string; readonly runId: string; readonly token: string },
  signal: AbortSignal,
): Promise<string> {
  for (const name of [branch, `${branch}-${runId}`]) {
    const { exitCode, stdout, stderr } = await repository.clean(
      ['push', '--porcelain', '--no-verify', target.pushUrl, `${commit}:refs/heads/${name}`],
      { env: { ...proxies(), ...tokenFor(target.pushUrl, token) }, codes: [0, 1, 128], signal },
    )
    if (exitCode === 0) return name
    if (!/^!\t.*\[rejected\]/m.test(stdout)) throw pushError(target, stdout, stderr)
  }
  throw new ApiError('agent_error', `both "${branch}" and "${branch}-${runId}" hold other commits on the remote`)
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
  if (refused !== undefined) return new ApiError('agent_error', `${owner}/${name} refuses the push: ${refused}`)
  return new ApiError('transient', `the push to ${owner}/${name} failed: ${lastLine(stderr)}`)
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
