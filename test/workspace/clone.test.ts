import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GitHubStandIn } from '../../demo/support/github.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { RunContext } from '../../src/run/change.ts'
import { addressOf, isUrl } from '../../src/workspace/clone/address.ts'
import { cloneOf } from '../../src/workspace/clone/clone.ts'
import { resolveContext } from '../../src/workspace/resolve.ts'
import { TestRepository } from './repository.ts'

type Token = { readonly server: string; readonly value: string } | null

const resolved = (at: TestRepository, context: JsonObject, token: Token = null): Promise<RunContext> =>
  resolveContext({ context, projectFolder: at.folder, stateFolder: at.stateFolder, pullRequest: null, token })

const urlOf = ({ tree }: TestRepository): string => `file://${tree}`

const refusal = (found: Promise<unknown>): Promise<{ message: string; help: string }> =>
  found.then(
    () => expect.unreachable('it was accepted'),
    ({ message, help }) => ({ message, help }),
  )

describe('the address of a repository', () => {
  test.each([
    'https://example.org/a.git',
    'ssh://git@example.org:2222/a.git',
    'git@example.org:owner/a.git',
    'file:///srv/a.git',
    'http://127.0.0.1:8080/a.git',
  ])('%s is cloned', (url) => {
    expect(isUrl(url)).toBe(true)
    expect(addressOf(url)).toMatchObject({ ok: true, value: { url } })
  })

  test.each([
    ['ext::sh -c id', 'cannot be cloned'],
    ['fd::17', 'cannot be cloned'],
    ['git://example.org/a.git', 'cannot be cloned'],
    ['http://example.org/a.git', 'unencrypted'],
    ['https://token@example.org/a.git', 'has a login in its URL'],
    ['ssh://git:secret@example.org/a.git', 'has a login in its URL'],
    ['ssh://-oProxyCommand=id/a.git', 'has no name of a host'],
    ['git@-oProxyCommand=id:a.git', 'cannot be cloned'],
  ])('%s is refused', (url, why) => {
    expect(isUrl(url)).toBe(true)
    const address = addressOf(url)
    expect(address).toMatchObject({ ok: false, error: { message: expect.stringContaining(why) } })
    expect(JSON.stringify(address)).not.toMatch(/token@|secret/)
  })

  test.each(['.', '..', 'packages/api', '/srv/a', 'a:b'])('%s is a folder', (place) => {
    expect(isUrl(place)).toBe(false)
  })
})

describe('a clone', () => {
  test('starts from the branch that the remote is on, and follows it', async () => {
    using remote = new TestRepository()
    const first = await resolved(remote, { repository: urlOf(remote) })
    expect(first).toMatchObject({
      base: remote.git('rev-parse', 'main'),
      baseName: 'main',
      workTree: remote.folder,
      prefix: '',
      clone: { url: urlOf(remote) },
      notes: [expect.stringContaining(first.gitDir)],
    })
    const next = remote.commit({ 'b.txt': 'b\n' }, 'second')
    remote.git('branch', 'gone')
    const second = await resolved(remote, { repository: urlOf(remote) })
    expect(second).toMatchObject({ gitDir: first.gitDir, base: next })
    remote.git('branch', '--delete', 'gone')
    await resolved(remote, { repository: urlOf(remote) })
    expect((await refusal(resolved(remote, { repository: urlOf(remote), base: 'gone' }))).message).toContain('"gone"')
    expect(readdirSync(join(remote.stateFolder, 'clones'))).toHaveLength(1)
  })

  test('starts from a branch, a tag or a commit of the remote', async () => {
    using remote = new TestRepository()
    const old = remote.git('rev-parse', 'HEAD')
    remote.git('tag', 'v1')
    remote.commit({ 'a.txt': 'b\n' }, 'second')
    for (const base of ['v1', old, old.slice(0, 12)])
      expect(await resolved(remote, { repository: urlOf(remote), base })).toMatchObject({ base: old, baseName: base })
  })

  test('goes on with a result that is not on the remote, and with the remote where that went on', async () => {
    using remote = new TestRepository()
    const context = { repository: urlOf(remote), branch: 'feature' }
    const { gitDir, base } = await resolved(remote, context)
    const inClone = (...args: string[]): string =>
      execFileSync('git', ['--git-dir', gitDir, '-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      }).trim()
    const result = inClone('commit-tree', `${base}^{tree}`, '-p', base, '-m', 'result')
    inClone('update-ref', 'refs/heads/feature', result)
    expect(await resolved(remote, context)).toMatchObject({ base: result, baseName: 'feature' })
    remote.git('switch', '--quiet', '--create', 'feature')
    expect(await resolved(remote, context)).toMatchObject({ base: result })
    const theirs = remote.commit({ 'a.txt': 'theirs\n' }, 'theirs')
    expect(await resolved(remote, context)).toMatchObject({ base: theirs, baseName: 'feature' })
    expect(inClone('rev-parse', 'refs/heads/feature')).toBe(result)
  })

  test('is made once by runs that begin together', async () => {
    using remote = new TestRepository()
    const all = await Promise.all([1, 2, 3].map(() => resolved(remote, { repository: urlOf(remote) })))
    expect(new Set(all.map(({ base, gitDir }) => `${base} ${gitDir}`)).size).toBe(1)
    expect(readdirSync(join(remote.stateFolder, 'clones'))).toHaveLength(1)
  })

  test('of what is not there, or has no commit, is refused with what to do', async () => {
    using remote = new TestRepository(null)
    const gone = await refusal(resolved(remote, { repository: 'file:///nowhere/a.git' }))
    expect(gone.message).toBe('the repository "file:///nowhere/a.git" is not there, or may not be seen')
    expect(gone.help).toContain('check "repository"')
    const empty = await refusal(resolved(remote, { repository: urlOf(remote) }))
    expect(empty.message).toContain('has no commit yet')
  })

  test('of a server that is silent is given up', async () => {
    using at = new TestRepository()
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/a.git`
    const clone = cloneOf({
      stateFolder: at.stateFolder,
      address: { url, protocols: 'http' },
      token: null,
      timeLimitMs: 300,
    })
    expect((await refusal(clone)).message).toBe(`the repository "${url}" did not arrive within 0.3 s`)
    silent.close()
  })

  test('knows whether the remote has the branch that a pull request is for', async () => {
    using source = new TestRepository()
    await using github = new GitHubStandIn()
    await github.listen()
    source.git('push', '--quiet', github.bare, 'main')
    const settings = { url: github.url, apiUrl: null }
    const repository = `${github.url}/acme/shop.git`
    const wanted = (base: string): Promise<RunContext> =>
      resolveContext({
        context: { repository, branch: 'result' },
        projectFolder: source.folder,
        stateFolder: source.stateFolder,
        pullRequest: { github: settings, hasToken: true, base },
        token: { server: github.url, value: github.token },
      })
    expect((await wanted('origin/main')).pullRequest).toMatchObject({ base: 'main' })
    const { message, help } = await refusal(wanted('origin/mian'))
    expect(message).toBe(`require_pr: the repository "${repository}" has no branch "mian"`)
    expect(help).toBe(`check "base" of require_pr; \`git ls-remote --heads ${repository}\` lists the branches`)
  })

  test('takes the token of GitHub, which stays out of it, and tells where there is none', async () => {
    using source = new TestRepository()
    await using github = new GitHubStandIn()
    await github.listen()
    source.git('push', '--quiet', github.bare, 'main')
    const repository = `${github.url}/acme/shop.git`
    const refused = await refusal(resolved(source, { repository }))
    expect(refused.message).toContain('may not be read with the logins at hand')
    expect(refused.help).toContain('GITHUB_TOKEN')
    const elsewhere = { server: 'https://github.com', value: github.token }
    expect((await refusal(resolved(source, { repository }, elsewhere))).message).toContain('may not be read')
    const found = await resolved(source, { repository }, { server: github.url, value: github.token })
    expect(found.base).toBe(source.git('rev-parse', 'main'))
    const config = readFileSync(join(found.gitDir, 'config'), 'utf8')
    expect(config).toContain(repository)
    expect(config + JSON.stringify(found)).not.toContain(github.token)
    expect(existsSync(join(found.gitDir, 'FETCH_HEAD'))).toBe(false)
    const missing = `${github.url}/acme/none.git`
    const gone = await refusal(resolved(source, { repository: missing }, { server: github.url, value: github.token }))
    expect(gone.message).toBe(`the repository "${missing}" is not there, or may not be seen`)
  })
})
