// A plan that asks for a pull request gets one: the result is pushed, and opened once, also when orchd is killed in between.
import { execFileSync } from 'node:child_process'
import { GitHubStandIn } from './support/github.ts'
import { check, Project } from './support/orchd.ts'

await using github = new GitHubStandIn()
await github.listen()
await using project = new Project({ GITHUB_TOKEN: github.token, GITHUB_SERVER_URL: github.url })
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', project.folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

project.write('shop.txt', 'apples\n')
git('init', '--quiet', '--initial-branch=main')
git('config', 'user.name', 'Ada')
git('config', 'user.email', 'ada@example.org')
git('add', 'shop.txt')
git('commit', '--quiet', '--message=first')
git('push', '--quiet', github.bare, 'main')
git('remote', 'add', 'origin', `${github.url}/acme/shop.git`)
const before = git('branch', '--list')

project.write(
  'plan.yaml',
  `name: pears
description: Sell pears, too
context: { branch: feature/pears }
constraints:
  require_pr: { draft: true, title: "Pears (\${{ inputs.ticket }})", labels: [fruit], reviewers: [grace, acme/gardeners] }
inputs: { ticket: { type: string, default: SHOP-7 } }
steps:
  - id: pears
    run: echo pears >> shop.txt
`,
)

const response = (await project.json('run', 'plan.yaml')) as Response
const [pull] = github.pulls
check('the run is completed', response.status === 'completed', response)
check(
  'the response has its address',
  response.artifacts.pr_url === `${github.url}/acme/shop/pull/1`,
  response.artifacts,
)
check('and tells what changed', response.artifacts.diff_summary === '+1 -0 lines', response.artifacts)
check('it is a draft with the title of the plan', pull?.draft === true && pull.title === 'Pears (SHOP-7)', pull)
check(
  'with its label, and who is asked to look',
  pull?.labels.join() === 'fruit' && pull.reviewers.join() === 'grace,gardeners',
  pull,
)
check('its text tells of the step', pull?.body.includes('| pears | shell') === true, pull)
check('the remote has the result', github.git('show', 'feature/pears:shop.txt') === 'apples\npears')
check(
  'the project has one branch more, and nothing else',
  git('branch', '--list') === `feature/pears\n${before}`.replace(/^/, '  ').trim(),
)
check('the token is in no file of the state folder', !holds(github.token))

const again = (await project.json('retry', response.run_id, '--from', 'orchd-pull-request')) as Response
check('it is found, not opened twice', github.pulls.length === 1, github.pulls)
check('and the run is completed', again.status === 'completed', again)

const { code, stderr } = await project.start(['run', 'plan.yaml'], { GITHUB_TOKEN: '' }).ended
check('exit 2 before any step', code === 2 && stderr.includes('GITHUB_TOKEN is not set'), stderr)

github.refusals.push({ status: 403, message: 'Resource not accessible by personal access token' })
project.write('plan.yaml', project.read('plan.yaml').replaceAll('pears', 'plums'))
const refused = (await project.json('run', 'plan.yaml')) as Response
check(
  'the run failed by permission_denied',
  refused.status === 'failed' && refused.error?.cause === 'permission_denied',
  refused,
)
check(
  'the message says what the token needs',
  refused.error?.message.includes('pull requests: write') === true,
  refused.error,
)
check('the branch is there', git('show', 'feature/plums:shop.txt') === 'apples\nplums')

project.write('plan.yaml', project.read('plan.yaml').replaceAll('plums', 'figs'))
const { child, ended } = project.start(['run', 'plan.yaml'])
github.whenOpened = () => child.kill('SIGKILL')
await ended
const opened = github.pulls.filter(({ head }) => head === 'feature/figs').length
github.whenOpened = () => {}
const [listed] = (await project.json('status')) as unknown as readonly { readonly run_id: string }[]
const resumed = (await project.json('resume', listed?.run_id ?? '')) as Response
const figs = github.pulls.filter(({ head }) => head === 'feature/figs')
check('killed when it was opened and nobody knew, it is there once', opened === 1 && figs.length === 1, figs)
check('and the run is completed with its address', resumed.artifacts.pr_url?.endsWith('/2') === true, resumed)

type Response = {
  readonly run_id: string
  readonly status: string
  readonly artifacts: { readonly pr_url: string | null; readonly diff_summary: string | null }
  readonly error: { readonly cause: string; readonly message: string } | null
}

function holds(secret: string): boolean {
  try {
    return execFileSync('grep', ['-rl', secret, project.path('.orchd')], { encoding: 'utf8' }) !== ''
  } catch {
    return false // grep found nothing
  }
}
