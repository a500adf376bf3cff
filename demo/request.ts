// One JSON request: orchd makes a plan of it, agents do the work in workspaces, the tests run on the result, and one answer comes back.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { GitHubStandIn } from './support/github.ts'
import { check, Project } from './support/orchd.ts'

// A stand-in for an agent: it does what a step of its kind would, tries to write where it may only read, and tells what it used.
const agent = `
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
const prompt = readFileSync(process.argv[2], 'utf8')
const tryToWrite = () => { try { writeFileSync('src/auth.js', 'spoilt'); return 'I wrote.' } catch (error) { return 'I could not write: ' + error.code } }
const does = {
  Make: () => 'isAllowed takes a user. ' + tryToWrite(),
  Do: () => writeFileSync('src/auth.js', "export const isAllowed = (user) => user.name === 'ada'\\n"),
  Write() {
    mkdirSync('test', { recursive: true })
    writeFileSync('test/auth.test.js', "import { test } from 'node:test'\\nimport assert from 'node:assert'\\nimport { isAllowed } from '../src/auth.js'\\ntest('ada may', () => assert(isAllowed({ name: 'ada' })))\\ntest('nobody may not', () => assert(!isAllowed(undefined)))\\n")
  },
  Review: () => tryToWrite() + ' I saw:\\n' + execFileSync('git', ['diff', '--stat', 'orchd/base'], { encoding: 'utf8' }),
  The: () => writeFileSync('src/auth.js', "export const isAllowed = (user) => user?.name === 'ada'\\n"),
}
const said = does[prompt.split(' ')[0]]()
console.log(JSON.stringify({ type: 'end', text: said ?? 'Done.', usage: { in: 1000, out: 100 }, cost: 0.25 }))
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
project.write('package.json', '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n')
project.write('.gitignore', '.orchd/\n*.json\n!package.json\norchestrator_config.yaml\n')
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({ agents: { thinker: mine(['complex_reasoning']), tester: mine(['isolated_execution']) } }),
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
  'the plan can be seen, with the reasons and who would do it',
  shown.stdout.includes('# a design first, because it is a complex_refactor') &&
    shown.stdout.includes('# tested with "npm test": the script "test" of package.json') &&
    shown.stdout.includes('# tester: test_generation is well done with isolated_execution; then thinker'),
  shown,
)

const response = (await project.json('request', 'request.json')) as Response
const { artifacts, execution_summary: summary, results } = response
check('it is completed', response.status === 'completed' && response.request_id === 'orch-123-abc', response)
check(
  'who suits it did most of it, another one the tests',
  summary.primary_agent === 'thinker' && summary.support_agents.join(', ') === 'tester',
  summary,
)
check('six tasks were done, none failed', summary.tasks_completed === 6 && summary.tasks_failed === 0, summary)
check('each agent has its result', results['thinker']?.status === 'success' && results['tester']?.status === 'success', results) // prettier-ignore
const { outputs } = results['thinker']!
check(
  'the design and the review could read, and not write',
  [outputs['design.text'], outputs['review.text']].every((text) => text?.includes('I could not write: EROFS')),
  outputs,
)
check(
  'the review saw the whole change',
  ['src/auth.js', 'test/auth.test.js', '2 files changed'].every((word) => outputs['review.text']?.includes(word)),
  outputs,
)
check(
  'the pull request is there',
  artifacts.pr_url === `${github.url}/acme/shop/pull/1` && github.pulls.length === 1,
  artifacts,
)
check('what did not fit was mended, and orchd ran the tests', artifacts.test_results === '2/2 passed', artifacts)
const contract = JSON.parse(
  readFileSync(new URL('../test/fixtures/contracts/response.json', import.meta.url), 'utf8'),
) as Shape
const missing = [contract, contract.execution_summary, contract.artifacts].flatMap((shape, at) =>
  Object.entries(shape).filter(([key, value]) => {
    const own = [response, summary, artifacts][at] as unknown as { readonly [key: string]: unknown }
    return typeof own[key] !== typeof value || Array.isArray(own[key]) !== Array.isArray(value)
  }),
)
check('the answer has every field of the contract, of its type', missing.length === 0, missing)
const report = (await project.orchd('report', response.run_id)).stdout
check(
  'one report tells what each agent said, and how to do it again',
  report.includes('I saw:\n src/auth.js') && report.includes('`orchd request request.json`'),
  report,
)
const subjects = git('log', '--format=%s', 'main..feature/auth-refactor').split('\n')
check(
  'the commits say what they are',
  subjects.includes('implement: Refactor authentication module with tests'),
  subjects,
)
const stat = git('diff', '--shortstat', 'main', 'feature/auth-refactor')
const [, plus = '', minus = '0'] = /(\d+) insertions?\(\+\)(?:, (\d+) deletions?)?/.exec(stat) ?? []
check('the summary of its change is what git says', artifacts.diff_summary === `+${plus} -${minus} lines`, [
  artifacts,
  stat,
])

const again = await project.orchd('request', 'request.json')
check(
  'the same request is the same run, and that is told',
  again.stderr.includes(`request "orch-123-abc" is run ${response.run_id} already`),
  again,
)

await project.orchd('request', 'request.json', '--emit-plan', 'auth.yaml')
const kept = await project.orchd('request', 'request.json', '--emit-plan', 'auth.yaml')
check('a file that is there is kept', kept.code === 2 && kept.stderr.includes('FILE_EXISTS'), kept)
check('the plan that was saved is valid', (await project.orchd('validate', 'auth.yaml')).code === 0)

const task = { description: 'Fix it', constraints: { max_duration: '0s' } }
project.write('request.json', JSON.stringify({ task, context: { base: 'nope', files: ['../x'] } }))
const wrong = await project.orchd('request', 'request.json')
check(
  'all mistakes are told in the request, exit 2',
  wrong.code === 2 && (wrong.stderr.match(/^request\.json:1:/gm) ?? []).length === 3,
  wrong,
)

type Shape = { readonly execution_summary: object; readonly artifacts: object }

type Response = {
  readonly request_id: string
  readonly run_id: string
  readonly status: string
  readonly execution_summary: {
    readonly primary_agent: string
    readonly support_agents: readonly string[]
    readonly tasks_completed: number
    readonly tasks_failed: number
  }
  readonly results: {
    readonly [agent: string]: { readonly status: string; readonly outputs: { readonly [name: string]: string } }
  }
  readonly artifacts: { readonly pr_url: string; readonly diff_summary: string; readonly test_results: string }
}
