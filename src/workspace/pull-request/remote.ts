import { err, ok, type Result } from '../../base/result.ts'
import type { PullRequestTarget } from '../../run/change.ts'
import { withoutLogin } from '../credentials.ts'

/** The GitHub of the project: github.com, or a server of one's own. */
export type GitHubSettings = {
  /** Address of its pages and repositories, without a slash at the end. */
  readonly url: string
  /** Address of its REST API; `null`: where GitHub has it for such a server. */
  readonly apiUrl: string | null
}

/**
 * Where a pull request goes, by the address of the remote. The token is sent to no other server than the one that the
 * settings name, whatever a repository's configuration says, and never in clear over a network.
 */
export function targetOf(
  remoteUrl: string,
  { url, apiUrl }: GitHubSettings,
): Result<Omit<PullRequestTarget, 'base'>, string> {
  const found = partsOf(remoteUrl)
  if (found === null) return err(`its remote "${withoutLogin(remoteUrl)}" is no repository on a server`)
  const server = new URL(url)
  if (found.host !== server.host && found.host !== server.hostname)
    return err(`its remote is on ${found.host}, and the GitHub of this project is ${server.host}`)
  const api = apiUrl ?? (server.host === 'github.com' ? 'https://api.github.com' : `${url}/api/v3`)
  const open = [url, api].find((address) => !isPrivate(new URL(address)))
  if (open !== undefined) return err(`${open} is not encrypted, and the token would be sent there`)
  const { owner, name } = found
  return ok({ apiUrl: api, owner, name, pushUrl: `${url}/${owner}/${name}.git` })
}

/** `https://host/owner/name.git`, `ssh://git@host/owner/name.git` and `git@host:owner/name.git`, each with or without `.git`. */
function partsOf(remoteUrl: string): { readonly host: string; readonly owner: string; readonly name: string } | null {
  const short = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)([^\s]+)$/.exec(remoteUrl)
  const url = URL.canParse(remoteUrl) ? new URL(remoteUrl) : null
  const host = short?.[1] ?? (url === null ? '' : url.protocol === 'ssh:' ? url.hostname : url.host)
  const path = short?.[2] ?? url?.pathname ?? ''
  const [owner, name, ...rest] = path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
  if (host === '' || !isName(owner) || !isName(name) || rest.length > 0) return null
  return { host, owner, name }
}

const isName = (text: string | undefined): text is string => text !== undefined && /^[\w.-]{1,100}$/.test(text)

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])
/** Whether nobody on the way can read what is sent there. */
export const isPrivate = ({ protocol, hostname }: URL): boolean => protocol === 'https:' || loopback.has(hostname)
