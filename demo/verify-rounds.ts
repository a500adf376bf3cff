// Work that is checked: an agent leaves a red test and calls it done; orchd runs the test, shows the same session what it printed,
// and the agent mends it. The daemon is killed with -9 in each of the four phases, and nothing is done twice.
// `node demo/verify-rounds.ts` (after `npm run build`) ends with 0 when all holds.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, Project, until } from './support/orchd.ts'

/** Adds wrongly at first; shown a red test, it mends that. Tells what its session used, as a real one does. */
const agent = `
import { readFileSync, writeFileSync } from 'node:fs'
const [promptFile, session = 's-1'] = process.argv.slice(2)
console.log(JSON.stringify({ type: 'begin', session }))
const prompt = readFileSync(promptFile, 'utf8')
const isRed = prompt.includes('failed with exit code 1') && prompt.includes('2 + 2 is 0')
await new Promise((resolve) => setTimeout(resolve, 800))
writeFileSync('sum.sh', 'echo $(($1 ' + (isRed ? '+' : '-') + ' $2))')
const text = isRed ? 'Mended.' : 'All done, all tests are green!'
console.log(JSON.stringify({ type: 'end', session, text, usage: { in: 1000, out: 100 }, cost: 0.25 }))
`
const test = 'sleep 0.8; sum=$(sh sum.sh 2 2); echo "2 + 2 is $sum"; test "$sum" = 4\n'
await using project = new Project()
project.write('tools/agent.mjs', agent)
project.write('test.sh', test)
project.write('sum.sh', 'echo 0\n')
const fields = {
  session: 'session',
  text: 'text',
  input_tokens: 'usage.in',
  output_tokens: 'usage.out',
  cost_usd: 'cost',
}
const config = {
  command: [process.execPath, project.path('tools/agent.mjs')],
  args: ['{prompt_file}', ['{session}']],
  output: 'stream-json',
  end: { type: 'end' },
  fields,
}
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({ agents: { mine: { type: 'cli_wrapper', connection: { method: 'subprocess', config } } } }),
)
const step = {
  id: 'work',
  agent: 'mine',
  prompt: 'Make sum add.',
  verify: { run: 'sh test.sh', max_rounds: 3 },
}
project.write('plan.yaml', JSON.stringify({ name: 'rounds', context: { branch: 'result' }, steps: [step] }))
project.write('.gitignore', '.orchd/\n')
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
    cwd: project.folder,
    encoding: 'utf8',
  })
git('init', '-q', '-b', 'main')
git('add', '.')
git('commit', '-q', '-m', 'Begin')

let daemon = await project.daemon()
const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
const attempt = project.path('.orchd/runs', String(id), 'work/1')
for (const [folder, what] of [
  ['.', 'while the agent works'],
  ['verify.1', 'while the check runs'],
  ['round.2', 'while the agent mends'],
  ['verify.2', 'while the check runs again'],
] as const) {
  const begun = (): boolean =>
    ['claim', 'output.raw', 'output.log'].some((name) => isThere(join(attempt, folder, name)))
  await until(`it is so far: ${what}`, begun)
  daemon.child.kill('SIGKILL')
  await daemon.ended
  console.log(`     kill -9 of the daemon ${what}`)
  daemon = await project.daemon()
}

type Step = { outcome: string; message: string; attempts: number; outputs: object; usage: object; cost_usd: number }
type Response = { status: string; steps: readonly Step[]; artifacts: { branch?: string } }
const status = async (): Promise<Response> => (await project.json('status', String(id))) as Response
await until('the run is over', async () => !['queued', 'running', 'waiting'].includes((await status()).status), 60_000)
const response = await status()
const [work] = response.steps
check('the step succeeds, in one attempt', work?.outcome === 'success' && work.attempts === 1, response)
check('because its check does', work?.message === 'its check succeeded in round 2 of 3', response)
const used = JSON.stringify([work?.usage, work?.cost_usd])
check('each round is counted once', used.includes('"input_tokens":2000') && work?.cost_usd === 0.5, used)
check('the result is what was checked', git('show', 'result:sum.sh').includes('$1 + $2'))
const log = (await project.orchd('logs', String(id), 'work')).stdout
console.log(log)
check(
  'the log shows each round and check once',
  ['the check of round 1', 'round 2', 'the check of round 2'].every(
    (name) => log.split(`orchd: ${name}\n`).length === 2,
  ) && log.split('"type":"end"').length === 3,
  log,
)
await until('nothing runs any more', () => project.processes().length === 0)

function isThere(path: string): boolean {
  return existsSync(path) && (path.endsWith('claim') || readFileSync(path, 'utf8') !== '')
}
