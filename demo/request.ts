// One JSON request: orchd makes a plan of it, agents do the work in workspaces, the tests run on the result, and one answer comes back.
import { execFileSync } from 'node:child_process'
import { GitHubStandIn } from './support/github.ts'
import { check, Project } from './support/orchd.ts'

// A stand-in for an agent: it does what a step of its kind would, and tells what it used.
const agent = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
const prompt = readFileSync(process.argv[2], 'utf8')
if (prompt.startsWith('Do the task')) writeFileSync('src/auth.js', "export const isAllowed = (user) => user.name === 'ada'\\n")
if (prompt.startsWith('Write tests')) {
  mkdirSync('test', { recursive: true })
  writeFileSync('test/auth.test.js', "import { test } from 'node:test'\\nimport assert from 'node:assert'\\nimport { isAllowed } from '../src/auth.js'\\ntest('ada may', () => assert(isAllowed({ name: 'ada' })))\\ntest('bob may not', () => assert(!isAllowed({ name: 'bob' })))\\n")
}
console.log(JSON.stringify({ type: 'end', text: 'Done.', usage: { in: 1000, out: 100 }, cost: 0.25 }))
`
await using github = new GitHubStandIn()
await github.listen()
await using project = new Project({ GITHUB_TOKEN: github.token, GITHUB_SERVER_URL: github.url })
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
    cwd: project.folder,
    encoding: 'utf8',
  }).trim()

const fields = { text: 'text', input_tokens: 'usage.in', output_tokens: 'usage.out', cost_usd: 'cost' }
const config = {
  command: [process.execPath, project.path('tools/agent.mjs')],
  args: ['{prompt_file}'],
  output: 'stream-json',
  end: { type: 'end' },
  fields,
}
const mine = (capabilities: string[]): object => ({
  type: 'cli_wrapper',
  capabilities,
  connection: { method: 'subprocess', config },
})
project.write('tools/agent.mjs', agent)
project.write('src/auth.js', "export const isAllowed = (name) => name === 'ada'\n")
project.write('package.json', '{ "name": "shop", "type": "module" }\n')
project.write('.gitignore', '.orchd/\n*.json\n!package.json\norchestrator_config.yaml\n')
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({ test_command: 'node --test', agents: { thinker: mine(['complex_reasoning']), worker: mine([]) } }),
)
git('init', '--quiet', '--initial-branch=main')
git('add', '--all')
git('commit', '--quiet', '--message=first')
git('push', '--quiet', github.bare, 'main')
git('remote', 'add', 'origin', `${github.url}/acme/shop.git`)

const request = {
  request_id: 'orch-123-abc',
  timestamp: '2026-11-26T10:00:00Z',
  task: {
    description: 'Refactor authentication module with tests',
    type: 'complex_refactor',
    constraints: { max_duration: 300, require_tests: true, require_pr: true },
  },
  preferences: { allow_parallel: true, preferred_agent: null, fallback_enabled: true },
  context: { repository: '.', branch: 'feature/auth-refactor', files: ['src/**'] },
}
project.write('request.json', JSON.stringify(request, null, 2))

const shown = await project.orchd('request', 'request.json', '--emit-plan')
check(
  'the plan can be seen, with the reasons',
  shown.stdout.includes('# a design first, because it is complex_refactor'),
  shown,
)

const response = (await project.json('request', 'request.json')) as Response
const { artifacts, execution_summary: summary } = response
check('it is completed', response.status === 'completed' && response.request_id === 'orch-123-abc', response)
check('the agent that suits it did most of it', summary.primary_agent === 'thinker', summary)
check('three tasks were done, none failed', summary.tasks_completed === 3 && summary.tasks_failed === 0, summary)
check('each agent has its result', response.results['thinker']?.status === 'success', response.results)
check(
  'the pull request is there',
  artifacts.pr_url === `${github.url}/acme/shop/pull/1` && github.pulls.length === 1,
  artifacts,
)
check('its tests were run by orchd', artifacts.test_results === '2/2 passed', artifacts)
const stat = git('diff', '--shortstat', 'main', 'feature/auth-refactor')
const [, plus = '', minus = '0'] = /(\d+) insertions?\(\+\)(?:, (\d+) deletions?)?/.exec(stat) ?? []
check('the summary of its change is what git says', artifacts.diff_summary === `+${plus} -${minus} lines`, [
  artifacts,
  stat,
])

const again = (await project.json('request', 'request.json')) as Response
check('the same request is the same run', again.run_id === response.run_id, [again.run_id, response.run_id])

project.write('request.json', JSON.stringify({ task: { descriptoin: 'Refactor' } }))
const wrong = await project.orchd('request', 'request.json')
check('a mistake is told at its place, exit 2', wrong.code === 2 && wrong.stderr.includes('request.json:1:'), wrong)

type Response = {
  readonly request_id: string
  readonly run_id: string
  readonly status: string
  readonly execution_summary: {
    readonly primary_agent: string
    readonly tasks_completed: number
    readonly tasks_failed: number
  }
  readonly results: { readonly [agent: string]: { readonly status: string } }
  readonly artifacts: { readonly pr_url: string; readonly diff_summary: string; readonly test_results: string }
}
