// A Node project whose tests need `npm ci`: it runs once, and every fresh workspace after that, also of the next run, takes
// node_modules from the setup cache. `node demo/setup-cache.ts` (after `npm run build`) ends with 0 when all holds.
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { check, Project } from './support/orchd.ts'

const agent = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
const prompt = readFileSync(process.argv[2], 'utf8')
const hasModules = existsSync('node_modules/adder/index.js')
writeFileSync('sum.js', "export { add as sum } from 'adder'\\n// " + (prompt.includes('twice') ? 'second' : 'first') + '\\n')
console.log(JSON.stringify({ type: 'end', text: hasModules ? 'node_modules was there' : 'node_modules was missing' }))
`
await using project = new Project()
const sh = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: project.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const git = (...args: readonly string[]): string => sh('git', '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args)

// The dependency lies packed in the repository, so that no registry is needed.
project.write(
  'adder/package.json',
  JSON.stringify({ name: 'adder', version: '1.0.0', type: 'module', main: 'index.js' }),
)
project.write('adder/index.js', 'export const add = (a, b) => a + b\n')
sh('npm', 'pack', '--silent', './adder')
rmSync(project.path('adder'), { recursive: true })
const npmPackage = {
  name: 'sums',
  version: '1.0.0',
  type: 'module',
  scripts: { test: 'node --test --test-reporter=tap' },
  dependencies: { adder: 'file:adder-1.0.0.tgz' },
}
project.write('package.json', JSON.stringify(npmPackage))
project.write('sum.js', 'export const sum = () => 0\n')
project.write(
  'sum.test.js',
  `import { test } from 'node:test'
import { add } from 'adder'
import { sum } from './sum.js'
test('adds', () => { if (sum(2, 2) !== add(2, 2)) throw new Error('2 + 2 is ' + sum(2, 2)) })
`,
)
sh('npm', 'install', '--offline', '--package-lock-only', '--no-audit', '--no-fund')
project.write('tools/agent.mjs', agent)
const config = {
  command: [process.execPath, project.path('tools/agent.mjs')],
  args: ['{prompt_file}'],
  output: 'stream-json',
  end: { type: 'end' },
  fields: { text: 'text' },
}
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({ agents: { mine: { type: 'cli_wrapper', connection: { method: 'subprocess', config } } } }),
)
const count = project.path('.orchd/count')
const plan = (name: string, prompt: string): string =>
  JSON.stringify({
    name,
    context: {
      base: 'main',
      branch: name,
      setup: {
        run: `echo ran >> '${count}' && npm ci --offline --no-audit --no-fund`,
        key: ['package-lock.json'],
        cache: ['node_modules'],
      },
    },
    constraints: { require_tests: { run: 'npm test' } },
    steps: [{ id: 'work', agent: 'mine', prompt, verify: { run: 'npm test', max_rounds: 2 } }],
  })
project.write('first.yaml', plan('first', 'Make sum add.'))
project.write('second.yaml', plan('second', 'Make sum add, twice.'))
project.write('.gitignore', '.orchd/\nnode_modules/\n')
git('init', '--quiet', '--initial-branch=main')
git('add', '.')
git('commit', '--quiet', '--message=Begin')

const timesRun = (): number => (existsSync(count) ? project.read('.orchd/count').trim().split('\n').length : 0)
for (const name of ['first', 'second']) {
  const response = await project.json('run', `${name}.yaml`)
  const said = JSON.stringify(response)
  check(`the ${name} run completes`, response['status'] === 'completed', response)
  check('its agent had node_modules', said.includes('"text":"node_modules was there"'), response)
  const { stdout: log } = await project.orchd('logs', String(response['run_id']), 'work')
  check('so had its check, in its first round', log.includes('# pass 1') && !log.includes('orchd: round 2'), log)
  const results = JSON.stringify(response['artifacts'])
  check('and orchd ran the tests of the result', results.includes('1/1 passed'), response)
  const files = git('ls-tree', '-r', '--name-only', name)
  check('node_modules is no part of the result', !files.includes('node_modules'), files)
  check('npm ci ran once in all', timesRun() === 1, timesRun())
}
