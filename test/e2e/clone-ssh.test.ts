import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => void server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => void server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}

test('a repository is cloned over ssh with the own key, and nothing is asked where that does not do', async () => {
  await using project = new Project()
  const at = (name: string): string => project.path(name)
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: project.folder })
  project.write('own/a.txt', 'a\n')
  git('-C', 'own', 'init', '--quiet', '--initial-branch=main')
  git('-C', 'own', 'add', '.')
  git('-C', 'own', 'commit', '--quiet', '--message=first')
  for (const key of ['host', 'key', 'other'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)])
  project.write('authorized', project.read('key.pub'))
  const port = await freePort()
  const settings = { Port: port, ListenAddress: '127.0.0.1', HostKey: at('host'), AuthorizedKeysFile: at('authorized'), StrictModes: 'no', PasswordAuthentication: 'no', PidFile: 'none' } // prettier-ignore
  project.write('sshd_config', Object.entries(settings).map(([key, value]) => `${key} ${value}\n`).join('')) // prettier-ignore
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true }) // sshd wants it, and only root has it made
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  sshd.stderr.on('data', (part: Buffer) => (said += part.toString()))
  try {
    await until('it listens', () => said.includes('listening'))
    const ran = (key: string, repository: string): ReturnType<Project['start']>['ended'] => {
      project.write('plan.yaml', JSON.stringify({ name: 'p', context: { repository, branch: 'result' }, steps: [{ id: 'a', run: 'echo b > b.txt' }] })) // prettier-ignore
      project.write('ssh_config', `Host box\n HostName 127.0.0.1\n Port ${port}\nHost *\n IdentityFile ${at(key)}\n IdentitiesOnly yes\n UserKnownHostsFile ${at('known')}\n`) // prettier-ignore
      return project.start(['run', 'plan.yaml'], { GIT_SSH_COMMAND: `ssh -F ${at('ssh_config')}` }).ended
    }
    const me = userInfo().username
    const url = `ssh://${me}@127.0.0.1:${port}${at('own')}`
    expect(await ran('key', url)).toMatchObject({ code: 2, stderr: expect.stringContaining('whose key is not known') })
    project.write('known', `[127.0.0.1]:${port} ${project.read('host.pub')}`)
    expect(await ran('other', url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('may not be read with the logins at hand'),
    })
    expect(await ran('key', url)).toMatchObject({ code: 0, stdout: expect.stringContaining('branch result: +1 -0') })
    rmSync(at('.orchd/clones'), { recursive: true })
    expect(await ran('key', `${me}@box:${at('own')}`)).toMatchObject({ code: 0 })
  } finally {
    sshd.kill()
  }
})
