import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { check, Project, until } from '../../demo/support/orchd.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { RealAgent } from './agents.ts'
import { ModelServer, scripted } from './model-server.ts'

type Step = {
  readonly id: string
  readonly status: string
  readonly outcome: string | null
  readonly agent: string | null
  readonly attempts: number
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null
}

type Response = {
  readonly run_id: string
  readonly status: string
  readonly steps: readonly Step[]
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number }
  readonly artifacts: { readonly branch: string | null; readonly test_results: string | null }
}

const apiTest = `import { test } from 'node:test'\nimport assert from 'node:assert'\nimport { login } from '../src/api.js'\ntest('login', () => assert.equal(login('ada'), 'in'))\n`
const inFile = (path: string, text: string): string => `printf '%s' '${text.replaceAll("'", `'"'"'`)}' > ${path}`

// What the model does when it has read in the log of the check that its work is wrong.
const mend = scripted([
  { do: 'say', text: 'Done already.' },
  { do: 'shell', command: inFile('src/api.js', "export const login = () => 'in'\n") },
  { do: 'say', text: 'Mended.' },
])

const files = {
  'hint.txt': `${mend}\n`,
  'package.json':
    '{ "name": "shop", "type": "module", "scripts": { "test": "node --test", "lint": "node lint.js" } }\n',
  'lint.js': "import './src/auth.js'\nconsole.log(`linted ${process.argv[2]}`)\n",
  'src/auth.js': 'export const isAllowed = (user) => user === "ada"\n',
  'test/auth.test.js':
    "import { test } from 'node:test'\nimport assert from 'node:assert'\nimport { isAllowed } from '../src/auth.js'\ntest('ada may', () => assert(isAllowed('ada')))\n",
}

const plan = (models: { readonly [agent: string]: string }): JsonObject => ({
  name: 'auth',
  description: 'Refactor the authentication module, with tests.',
  context: { base: 'main', branch: 'feature/auth', files: ['src/**'] },
  defaults: { timeout: '3m', permissions: { network: 'restricted' } },
  constraints: {
    max_duration: '20m',
    max_parallel: 3,
    budget: { max_tokens: 4_000_000, on_exceed: 'fail' },
    require_tests: { run: 'npm test' },
  },
  steps: [
    {
      id: 'design',
      agent: 'claude_code',
      model: models['claude_code'] ?? '',
      prompt: scripted([{ do: 'answer', value: { risk: 'high', scope: 'src' } }]),
      output_schema: {
        type: 'object',
        required: ['risk', 'scope'],
        properties: { risk: { enum: ['low', 'high'] }, scope: { type: 'string' } },
        additionalProperties: false,
      },
    },
    {
      id: 'approve-design',
      depends_on: ['design'],
      when: "${{ steps.design.outputs.risk != 'low' }}",
      approval: { prompt: 'Approve the design?' },
    },
    {
      id: 'api',
      depends_on: ['design', 'approve-design'],
      trigger_rule: 'none_failed',
      agent: { requires: ['isolated_execution'], prefer: ['openai_codex'] },
      fallback: ['claude_code'],
      model: models['openai_codex'] ?? '',
      writes: ['src/api.js', 'test/api.test.js'],
      prompt: scripted([
        {
          do: 'shell',
          command: `${inFile('src/api.js', "export const login = () => 'out'\n")}; ${inFile('test/api.test.js', apiTest)}`,
        },
        { do: 'say', text: 'Done.' },
      ]),
      verify: { run: 'node --test || { cat hint.txt; exit 1; }', max_rounds: 3 },
    },
    {
      id: 'guide',
      depends_on: ['design'],
      agent: 'claude_acp',
      model: models['claude_acp'] ?? '',
      writes: ['docs/**'],
      prompt: scripted([
        { do: 'shell', command: 'mkdir -p docs; echo "# Auth" > docs/auth.md' },
        { do: 'say', text: 'Written.' },
      ]),
    },
    {
      id: 'rename',
      depends_on: ['design'],
      agent: 'openai_api',
      model: models['openai_api'] ?? '',
      prompt: scripted([
        { do: 'shell', command: inFile('src/auth.js', "export const isAllowed = (name) => name === 'ada'\n") },
        { do: 'say', text: 'Renamed.' },
      ]),
    },
    {
      id: 'lint',
      depends_on: ['api'],
      run: 'npm run lint -- "$SCOPE"',
      env: { SCOPE: '${{ steps.design.outputs.scope }}' },
      continue_on_error: true,
    },
    {
      id: 'join',
      depends_on: ['api', 'guide', 'rename', 'lint'],
      integrate: { on_conflict: 'resolve_with_agent', verify: 'npm test' },
    },
    {
      id: 'audit',
      depends_on: ['join'],
      matrix: { focus: ['security', 'performance'] },
      agent: { prefer: ['claude_code'] },
      model: models['claude_code'] ?? '',
      prompt: `Review for \${{ matrix.focus }}. ${scripted([{ do: 'say', text: 'Nothing found.' }])}`,
      permissions: { file_system: 'read_only', network: 'restricted' },
    },
  ],
  finally: [
    { id: 'notify', run: 'head -1 "$REPORT" > notified.txt', isolation: 'none', env: { REPORT: '${{ run.report }}' } },
  ],
})

const capabilities = (name: string): readonly string[] => (name === 'openai_codex' ? ['isolated_execution'] : [])

/** Four real agents do a plan like `plans/auth.yaml` together: in git, in the sandbox, checked, approved and tested. */
export async function wholePlan(agents: readonly RealAgent[]): Promise<string> {
  const wanted = ['claude_code', 'openai_codex', 'openai_api', 'claude_acp']
  const used = agents.filter(({ name }) => wanted.includes(name))
  await using server = new ModelServer()
  const url = await server.listen()
  const path = [...new Set(used.map(({ program }) => dirname(program))), process.env['PATH'] ?? ''].join(':')
  await using project = new Project({
    ANTHROPIC_API_KEY: 'sk-ant-not-a-key',
    CODEX_API_KEY: 'sk-not-a-key',
    OPENAI_API_KEY: 'sk-not-a-key',
    PATH: path,
  })
  const permissions = { file_system: 'read_write', shell_commands: 'allowed' }
  const config = {
    agents: Object.fromEntries(
      used.map(({ name, entry }) => [name, { ...entry(url), capabilities: [...capabilities(name)] }]),
    ),
    permissions: Object.fromEntries(used.map(({ name }) => [name, permissions])),
  }
  for (const [file, text] of Object.entries(files)) project.write(file, text)
  project.write('.gitignore', '.orchd\n/*.yaml\nnotified.txt\n')
  project.write('orchestrator_config.yaml', JSON.stringify(config))
  project.write('plan.yaml', JSON.stringify(plan(Object.fromEntries(used.map(({ name, model }) => [name, model])))))
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: project.folder,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=first')

  const from = performance.now()
  const { run_id: run } = (await project.json('run', 'plan.yaml', '--detach')) as Response
  const now = async (): Promise<Response> => (await project.json('status', run)) as unknown as Response
  const steps = async (): Promise<ReadonlyMap<string, Step>> => new Map((await now()).steps.map((one) => [one.id, one]))
  await until(
    'the design waits for a person',
    async () => (await steps()).get('approve-design')?.status === 'gated',
    120_000,
  )
  await project.orchd('approve', run, 'approve-design')
  await until('the run is over', async () => !['queued', 'running'].includes((await now()).status), 300_000)
  const response = await now()
  const ms = Math.round(performance.now() - from)
  const found = await steps()
  const agentOf = (id: string): string => found.get(id)?.agent ?? 'nobody'
  check('whole plan: it is completed', response.status === 'completed', response)
  check(
    'whole plan: each step by its agent',
    ['design', 'api', 'guide', 'rename'].map(agentOf).join() === 'claude_code,openai_codex,claude_acp,openai_api',
    response.steps,
  )
  check(
    'whole plan: the reviews by the one that they prefer',
    agentOf('audit.1') === 'claude_code' && agentOf('audit.2') === 'claude_code',
  )
  check(
    'whole plan: red work was mended in its session, in one attempt',
    found.get('api')?.attempts === 1 && git('show', 'feature/auth:src/api.js').includes("'in'"),
  )
  check(
    'whole plan: the branch has what all of them changed',
    git('show', 'feature/auth:docs/auth.md') === '# Auth' && git('show', 'feature/auth:src/auth.js').includes('(name)'),
  )
  check('whole plan: the tests were run on it', response.artifacts.test_results === '2/2 passed', response.artifacts)
  const { input, output } = server.tokens
  check(
    'whole plan: tokens are exactly those of the service',
    response.usage.input_tokens === input && response.usage.output_tokens === output,
    [response.usage, server.tokens],
  )
  check(
    'whole plan: the working tree is as it was',
    git('status', '--porcelain') === '' && git('rev-parse', '--abbrev-ref', 'HEAD') === 'main',
  )
  check('whole plan: the report was there for who asked', project.read('notified.txt').length > 2)
  return `${ms} ms, ${response.usage.input_tokens} + ${response.usage.output_tokens} tokens`
}
