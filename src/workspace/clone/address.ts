import { err, ok, type Result } from '../../base/result.ts'
import { withoutLogin } from '../credentials.ts'
import { isPrivate } from '../pull-request/remote.ts'

/** Where a repository is cloned from: HTTPS, SSH or a file. Nobody's password is in it. */
export type Address = {
  readonly url: string
  /** What a git of ours may speak on the way there; the user's own settings may send it from one to the other. */
  readonly protocols: string
}

type Refusal = { readonly message: string; readonly help: string }

/** Whether people mean a URL by it and no folder: `https://...`, `ext::...`, `git@host:owner/name`. */
export const isUrl = (place: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\//i.test(place) || /^[a-z][a-z0-9+.-]*::/i.test(place) || /^[^/:\s]+@[^/:\s]+:/.test(place)

/** Why it cannot be cloned, as far as that is known before; `null`: it can, or is a folder. */
export function repositoryProblem(place: string): Refusal | null {
  const address = isUrl(place) ? addressOf(place) : null
  return address?.ok === false ? address.error : null
}

/** @returns why orchd does not clone from there */
export function addressOf(place: string): Result<Address, Refusal> {
  const shown = withoutLogin(place)
  const short = /^([\w.-]+)@([a-z0-9][a-z0-9.-]*):(?!\/\/)(\S+)$/i.exec(place)
  if (short !== null) return ok({ url: place, protocols })
  const url = URL.canParse(place) ? new URL(place) : null
  if (url === null || !allowed.has(url.protocol) || /\s/.test(place))
    return refused(`the repository "${shown}" cannot be cloned`, 'give an https://, ssh:// or file:// URL, or a folder')
  if (url.password !== '' || (url.protocol !== 'ssh:' && url.username !== ''))
    return refused(
      `the repository "${shown}" has a login in its URL, which would be kept with the run`,
      'leave it out: GITHUB_TOKEN is used for GitHub, and else the credential helper that git is configured with',
    )
  if (url.protocol === 'http:' && !isPrivate(url))
    return refused(`the repository "${shown}" would come over the network unencrypted`, 'use https:// or ssh://')
  // ssh takes what begins with a dash for an option.
  if (url.hostname.startsWith('-') || decodeURIComponent(url.username).startsWith('-'))
    return refused(`the repository "${shown}" has no name of a host`, 'check "repository" in the context')
  return ok({ url: place, protocols: url.protocol === 'http:' ? `${protocols}:http` : protocols })
}

const protocols = 'https:ssh:file'
const allowed = new Set(['https:', 'ssh:', 'file:', 'http:'])

const refused = (message: string, help: string): Result<never, Refusal> => err({ message, help })
