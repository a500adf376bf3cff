import { git } from '../git.ts'

/**
 * The command with which the user's own git would speak ssh: GIT_SSH_COMMAND, core.sshCommand, GIT_SSH, in this order. It
 * may not ask, neither for a passphrase nor whether a server's key is the right one: there may be nobody to answer.
 *
 * @param env with which the user's settings are found
 */
export async function sshCommand(env: { readonly [name: string]: string }): Promise<string> {
  const { GIT_SSH_COMMAND: command, GIT_SSH: program } = process.env
  const own = command ?? (await settingOf(env)) ?? (program === undefined ? 'ssh' : quoted(program))
  return `${own} -oBatchMode=yes -oConnectTimeout=20`
}

async function settingOf(env: { readonly [name: string]: string }): Promise<string | null> {
  const { exitCode, stdout } = await git(['config', '--get', 'core.sshCommand'], { env, network: true, codes: [0, 1] })
  return exitCode === 0 ? stdout.trim() : null
}

/** It is the path of a program, and no words for a shell. */
const quoted = (path: string): string => `'${path.replaceAll("'", String.raw`'\''`)}'`

/** Where ssh goes for an address, as people type it: `-p 2222 git@host`, and as `known_hosts` has it: `[host]:2222`. */
export function sshPlaces(url: string): { readonly typed: string; readonly known: string } {
  const { username, hostname, port } = URL.canParse(url)
    ? new URL(url)
    : { username: '', hostname: url.slice(0, url.indexOf(':')), port: '' }
  const typed = username === '' ? hostname : `${username}@${hostname}`
  const host = hostname.slice(hostname.indexOf('@') + 1).replaceAll(/[[\]]/g, '')
  return port === '' ? { typed, known: host } : { typed: `-p ${port} ${typed}`, known: `[${host}]:${port}` }
}
