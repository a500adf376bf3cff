import { OrchdError } from '../../base/errors.ts'
import { withoutLogin } from '../credentials.ts'
import { GitError } from '../git.ts'
import { sshPlaces } from './ssh.ts'

/** Why a repository could not be fetched, with what to do about it. */
export function fetchError(url: string, error: unknown, timeLimitMs: number): OrchdError {
  const said = error instanceof GitError ? withoutLogin(error.result.stderr) : ''
  const [why, help] =
    error instanceof GitError ? reasonFor(url, said) : [`did not arrive within ${timeLimitMs / 1000} s`, elsewhere]
  return new OrchdError('CONTEXT_UNUSABLE', `the repository "${url}" ${why}`, {
    help,
    cause: error,
    at: ['context', 'repository'],
  })
}

const elsewhere = 'try again, or clone it yourself and name the folder'

function reasonFor(url: string, said: string): readonly [why: string, help: string] {
  if (/host identification has changed/i.test(said)) {
    const forget = `\`ssh-keygen -R "${sshPlaces(url).known}"\``
    return [
      'is on a server whose key is another than before',
      `ask who runs it whether that is right: somebody may be in between; if it is, ${forget} forgets the old one`,
    ]
  }
  if (/host key verification failed/i.test(said))
    return [
      'is on a server whose key is not known here',
      `\`ssh ${sshPlaces(url).typed}\` once and accept its key; then run again`,
    ]
  if (/authentication failed|could not read (username|password)|returned error: 40[13]|permission denied/i.test(said))
    return ['may not be read with the logins at hand', login(url)]
  if (/returned error: 404|not found|does not appear to be a git repository|does not exist/i.test(said))
    return ['is not there, or may not be seen', `check "repository" in the context; ${login(url)}`]
  if (
    /could not resolve|failed to connect|couldn't connect|connection (refused|timed out|reset)|unreachable/i.test(said)
  )
    return ['cannot be reached', 'check the network, the name of the host and the proxy (https_proxy); then run again']
  return [`could not be fetched: ${lastLine(said)}`, elsewhere]
}

const login = (url: string): string =>
  /^https?:/.test(url)
    ? 'set GITHUB_TOKEN for GitHub, or a credential helper with which `git ls-remote` of it asks for nothing'
    : url.startsWith('file:')
      ? 'see that this user may read it'
      : 'see that `ssh-add -l` shows a key that the server accepts'

const lastLine = (text: string): string => (text.trim().split('\n').at(-1) ?? '').slice(0, 200)
