import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { GitHubStandIn } from '../../demo/support/github.ts'
import { Project } from '../../demo/support/orchd.ts'

const git = (folder: string, ...args: readonly string[]): string => {
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  return execFileSync('git', ['-C', folder, ...author, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()
}

type Response = {
  readonly run_id: string
  readonly status: string
  readonly clone: { readonly git_dir: string }
  readonly artifacts: { readonly pr_url: string; readonly branch: string }
}

test('a plan works in a clone of a URL, and ends with a pull request; apply says where its result is', async () => {
  await using github = new GitHubStandIn()
  await github.listen()
  await using project = new Project({ GITHUB_TOKEN: github.token, GITHUB_SERVER_URL: github.url })
  const own = project.path('own')
  project.write('own/shop.txt', 'apples\n')
  git(own, 'init', '--quiet', '--initial-branch=main')
  git(own, 'add', '.')
  git(own, 'commit', '--quiet', '--message=first')
  git(own, 'push', '--quiet', github.bare, 'main')
  project.write('.env.test', 'KEY=1\n')
  project.write(
    'plan.yaml',
    `name: pears
context: { repository: "${github.url}/acme/shop.git", branch: pears, copy: [.env.test] }
constraints: { require_pr: true }
steps:
  - id: pears
    run: test -f .env.test && echo pears >> shop.txt
`,
  )
  const { run_id: run, status, artifacts, clone } = (await project.json('run', 'plan.yaml')) as unknown as Response
  expect({ status, url: artifacts.pr_url }).toEqual({ status: 'completed', url: `${github.url}/acme/shop/pull/1` })
  expect(github.git('show', 'pears:shop.txt')).toBe('apples\npears')
  expect(git(clone.git_dir, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/pears')
  expect((await project.orchd('diff', run)).stdout).toContain('+pears')

  const refused = await project.orchd('apply', run)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('has no working tree')
  const command = `git fetch ${clone.git_dir} pears`
  expect(refused.stderr).toContain(command)
  git(own, ...command.split(' ').slice(1))
  const state = ['--state', project.path('.orchd')]
  expect(await project.start(['apply', run, ...state], {}, 'own').ended).toMatchObject({ code: 0 })
  expect(project.read('own/shop.txt')).toBe('apples\npears\n')

  const gone = await project.start(['run', 'plan.yaml'], { GITHUB_TOKEN: '' }).ended
  expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining('require_pr: GITHUB_TOKEN is not set') })
})
