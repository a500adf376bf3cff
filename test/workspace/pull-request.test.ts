import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GitHubStandIn } from '../../demo/support/github.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { targetOf } from '../../src/workspace/pull-request/remote.ts'
import { requestPull } from '../../src/workspace/pull-request/request.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { TestRepository } from './repository.ts'

const gitHub = { url: 'https://github.com', apiUrl: null }
const own = { url: 'https://git.example.com', apiUrl: null }

describe('where a pull request goes', () => {
  test.each([
    ['https://github.com/acme/shop.git', gitHub, 'https://api.github.com'],
    ['https://github.com/acme/shop', gitHub, 'https://api.github.com'],
    ['git@github.com:acme/shop.git', gitHub, 'https://api.github.com'],
    ['ssh://git@github.com/acme/shop.git', gitHub, 'https://api.github.com'],
    ['https://ada:secret@github.com/acme/shop.git', gitHub, 'https://api.github.com'],
    ['git@git.example.com:acme/shop.git', own, 'https://git.example.com/api/v3'],
    ['ssh://git@git.example.com:2222/acme/shop', own, 'https://git.example.com/api/v3'],
  ])('%s', (remote, settings, apiUrl) => {
    const pushUrl = `${settings.url}/acme/shop.git`
    expect(targetOf(remote, settings)).toEqual({ ok: true, value: { apiUrl, pushUrl, owner: 'acme', name: 'shop' } })
  })

  test.each([
    ['https://evil.example/acme/shop.git', gitHub, /on evil\.example, and the GitHub of this project is github\.com/],
    ['https://github.com.evil.example/acme/shop.git', gitHub, /on github\.com\.evil\.example/],
    ['https://github.com@evil.example/acme/shop.git', gitHub, /on evil\.example/],
    ['/srv/git/shop.git', gitHub, /is no repository on a server/],
    ['https://github.com/acme', gitHub, /is no repository on a server/],
    ['https://github.com/acme/shop/../../x', gitHub, /is no repository on a server/],
    ['https://ada:secret@github.com/acme', gitHub, /"https:\/\/github\.com\/acme"/],
    ['http://git.example.com/acme/shop', { url: 'http://git.example.com', apiUrl: null }, /is not encrypted/],
  ])('%s is refused', (remote, settings, why) => {
    expect(targetOf(remote, settings)).toEqual({ ok: false, error: expect.stringMatching(why) })
  })
})

describe('a request', () => {
  const github = new GitHubStandIn()
  const repository = new TestRepository({ 'a.txt': 'a\n' })
  let count = 0
  beforeAll(async () => {
    await github.listen()
    repository.git('push', '--quiet', github.bare, 'main')
  })
  afterAll(async () => {
    repository[Symbol.dispose]()
    await github[Symbol.asyncDispose]()
  })

  function newCommit(text: string): string {
    const commit = repository.commit({ 'b.txt': `${text} ${++count}\n` }, text)
    repository.git('reset', '--quiet', '--hard', 'main~1')
    return commit
  }

  /** Asks for a pull request with a new commit on a branch of its own, unless it is told which. */
  async function ask(
    options: { readonly branch?: string; readonly token?: string; readonly commit?: string; readonly base?: null } = {},
  ): Promise<AttemptResult> {
    const { branch = `feature-${++count}`, token = github.token, base = 'main' } = options
    const commit = options.commit ?? newCommit(branch)
    const target = targetOf(`${github.url}/acme/shop.git`, { url: github.url, apiUrl: null })
    if (!target.ok) throw new Error(target.error)
    const author = { name: 'Ada', email: 'ada@example.org' }
    return requestPull(
      await openRepository(repository.stateFolder, { gitDir: `${repository.tree}/.git`, author }),
      { runId: 'run-1', step: 'orchd-pull-request', with: {} } as unknown as Attempt,
      { ...target.value, base },
      { commit, branch },
      { token: () => (token === '' ? null : token), textsOf: () => ({ title: 'A title', body: 'A body' }) },
      new AbortController().signal,
    )
  }

  test('whose branch has other commits on the remote goes to one of its own', async () => {
    await ask({ branch: 'taken' })
    const result = await ask({ branch: 'taken' })
    expect(result).toMatchObject({ outcome: 'success', outputs: { branch: 'taken-run-1' } })
    expect(result.message).toBe('the result is on "taken-run-1": "taken" holds other commits on the remote')
  })

  test('whose branch somebody went on with on the remote is found again', async () => {
    const commit = newCommit('gone on with')
    await ask({ branch: 'gone-on', commit })
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
    const theirs = github.git(...who, 'commit-tree', 'gone-on^{tree}', '-p', 'gone-on', '-m', 'theirs')
    github.git('update-ref', 'refs/heads/gone-on', theirs)
    const before = github.pulls.length
    expect(await ask({ branch: 'gone-on', commit })).toMatchObject({
      message: null,
      outputs: { branch: 'gone-on', found: true },
    })
    expect(github.pulls).toHaveLength(before)
    expect(github.git('rev-parse', 'gone-on')).toBe(theirs)
  })

  test.each([undefined, null])('never pushes to the branch that it is for (base %s)', async (base) => {
    const before = github.git('rev-parse', 'main')
    const result = await ask({ branch: 'main', ...(base === null ? { base } : {}) })
    github.git('branch', '-D', 'main-run-1')
    github.pulls.pop()
    expect(github.git('rev-parse', 'main')).toBe(before)
    expect(result).toMatchObject({
      outcome: 'success',
      outputs: { branch: 'main-run-1' },
      message: 'the result is on "main-run-1": "main" is what the pull request is for',
    })
  })

  test('that a hook of the remote refuses fails with the words of the remote', async () => {
    const hook = `${github.bare}/hooks/pre-receive`
    writeFileSync(hook, '#!/bin/sh\necho "error: GH006: Protected branch update failed." >&2\nexit 1\n', {
      mode: 0o700,
    })
    const result = await ask()
    rmSync(hook)
    expect(result).toMatchObject({ outcome: 'failure', cause: 'agent_error' })
    expect(result.message).toContain(
      'acme/shop refuses the push: [remote rejected] (pre-receive hook declined): error: GH006: Protected branch update failed.',
    )
  })

  test('whose branch somebody else is just pushing to is tried again', async () => {
    writeFileSync(`${github.bare}/refs/heads/locked.lock`, '')
    const result = await ask({ branch: 'locked' })
    rmSync(`${github.bare}/refs/heads/locked.lock`)
    expect(result).toMatchObject({ outcome: 'failure', cause: 'transient' })
  })

  test('that somebody else opens at the same time takes that one', async () => {
    const before = github.pulls.length
    github.whenAsked = (call, { head = '', base = '' }) => {
      if (call !== 'POST /repos/acme/shop/pulls') return
      github.pulls.push({ number: 99, head, base, title: 'Theirs', body: '', draft: false, labels: [], reviewers: [] })
    }
    const result = await ask()
    github.whenAsked = () => {}
    expect(result).toMatchObject({ outcome: 'success', outputs: { number: 99 } })
    expect(github.pulls).toHaveLength(before + 1)
  })

  test.each([
    [401, {}, 'auth', /GITHUB_TOKEN is not accepted/],
    [403, {}, 'permission_denied', /needs "pull requests: write"/],
    [404, {}, 'permission_denied', /there is no repository acme\/shop/],
    [422, {}, 'agent_error', /does not take the pull request: the words of GitHub/],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' },
      'rate_limited',
      /until 2027-01-15T08:00:00/,
    ],
    [403, { 'retry-after': '60' }, 'rate_limited', /for 60 s/],
    [429, {}, 'rate_limited', /limit of requests is used up/],
    [502, {}, 'transient', /failed: the words of GitHub/],
  ] as const)(
    'that GitHub answers with %d %j fails by a cause, and says what to do',
    async (status, headers, cause, message) => {
      github.refusals.push({ status, headers, message: 'the words of GitHub' })
      const result = await ask()
      expect(result).toMatchObject({ outcome: 'failure', cause })
      expect(result.message).toMatch(message)
      expect(result.message).toMatch(/the result is on branch "feature-\d+"$/)
    },
  )

  test('with a token that the server does not take fails when it pushes, and does not show it', async () => {
    const result = await ask({ token: 'ghp_wrongWrongWrongWrongWrongWrongWrong12' })
    expect(result).toMatchObject({ outcome: 'failure', cause: 'auth' })
    expect(JSON.stringify(result)).not.toContain('ghp_wrong')
  })

  test('without a token says so', async () => {
    expect(await ask({ token: '' })).toMatchObject({ outcome: 'failure', cause: 'auth' })
  })
})
