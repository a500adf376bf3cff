import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { RunContext } from '../../src/run/change.ts'
import { sshPlaces } from '../../src/workspace/clone/ssh.ts'
import { resolveContext } from '../../src/workspace/resolve.ts'
import { TestRepository } from './repository.ts'

const remote = new TestRepository()
const at = (name: string): string => join(remote.folder, name)
const host = '[127.0.0.1]:2222'
const repository = `ssh://${userInfo().username}@127.0.0.1:2222${remote.tree}`

/** ssh speaks with a real sshd, through a pipe in place of a port. */
const proxy = `ProxyCommand=/usr/sbin/sshd -i -f ${at('sshd_config')} -E ${at('sshd.log')}`
const command = (key: string, knownHosts: string): string =>
  `ssh -F none -a -oIdentityAgent=none -oUserKnownHostsFile=${at(knownHosts)} -i ${at(key)} '-o${proxy}'`

beforeAll(() => {
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const name of ['host', 'client', 'stranger', 'locked']) {
    const phrase = name === 'locked' ? 'a phrase' : ''
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-f', at(name)])
  }
  copyFileSync(at('client.pub'), at('authorized'))
  const settings = ['HostKey', at('host'), 'AuthorizedKeysFile', at('authorized'), 'StrictModes', 'no', 'UsePAM', 'no']
  const lines = settings.flatMap((word, index) => (index % 2 === 0 ? [`${word} ${settings[index + 1]}`] : []))
  writeFileSync(at('sshd_config'), `${lines.join('\n')}\nPermitRootLogin yes\n`)
  const known = (key: string): string =>
    `${host} ${execFileSync('cut', ['-d ', '-f1,2', at(`${key}.pub`)], { encoding: 'utf8' })}`
  writeFileSync(at('known'), known('host'))
  writeFileSync(at('changed'), known('stranger'))
  writeFileSync(at('nobody'), '')
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => remote[Symbol.dispose]())

const resolved = (url = repository): Promise<RunContext> =>
  resolveContext({
    context: { repository: url },
    projectFolder: remote.folder,
    stateFolder: remote.stateFolder,
    pullRequest: null,
    token: null,
  })

test('a repository is cloned over ssh', async () => {
  vi.stubEnv('GIT_SSH_COMMAND', command('client', 'known'))
  expect(await resolved()).toMatchObject({ base: remote.git('rev-parse', 'main'), baseName: 'main' })
})

test.each(['core.sshCommand', 'GIT_SSH'])('with the %s of the user', async (way) => {
  vi.stubEnv('GIT_SSH_COMMAND', undefined)
  if (way === 'GIT_SSH') {
    writeFileSync(at("the user's ssh"), `#!/bin/sh\nexec ${command('client', 'known')} "$@"\n`, { mode: 0o700 })
    vi.stubEnv('GIT_SSH', at("the user's ssh"))
  } else {
    mkdirSync(at('xdg/git'), { recursive: true })
    execFileSync('git', ['config', '--file', at('xdg/git/config'), 'core.sshCommand', command('client', 'known')])
    vi.stubEnv('XDG_CONFIG_HOME', at('xdg'))
  }
  expect(await resolved()).toMatchObject({ baseName: 'main' })
})

const login = `${userInfo().username}@127.0.0.1`
const logins = 'see that `ssh-add -l` shows a key that the server accepts'
test.each([
  ['client', 'nobody', 'is on a server whose key is not known here', `ssh -p 2222 ${login}`],
  ['client', 'changed', 'is on a server whose key is another than before', 'ssh-keygen -R "[127.0.0.1]:2222"'],
  ['stranger', 'known', 'may not be read with the logins at hand', logins],
  ['locked', 'known', 'may not be read with the logins at hand', logins],
])('the key %s to a server known as %s is refused without a question', async (key, knownHosts, why, help) => {
  vi.stubEnv('GIT_SSH_COMMAND', command(key, knownHosts))
  await expect(resolved()).rejects.toMatchObject({
    message: `the repository "${repository}" ${why}`,
    help: expect.stringContaining(help),
  })
})

test('what is not there is told', async () => {
  vi.stubEnv('GIT_SSH_COMMAND', command('client', 'known'))
  await expect(resolved(`${repository}/none`)).rejects.toMatchObject({
    message: `the repository "${repository}/none" is not there, or may not be seen`,
  })
})

test.each([
  ['ssh://git@example.org:22/a.git', '-p 22 git@example.org', '[example.org]:22'],
  ['ssh://example.org/a.git', 'example.org', 'example.org'],
  ['git@example.org:owner/a.git', 'git@example.org', 'example.org'],
  ['ssh://git@[::1]:2222/a.git', '-p 2222 git@[::1]', '[::1]:2222'],
])('%s is reached with ssh %s', (url, typed, known) => {
  expect(sshPlaces(url)).toEqual({ typed, known })
})
