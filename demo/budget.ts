/**
 * A budget holds, and its books are right to the token, though the daemon is killed with agents at work: eight steps of
 * 30 cents each under a budget of one dollar. The agents are programs that write down themselves what they used.
 */
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { check, Project, until } from './support/orchd.ts'

/** Works until it is let go, tells what it used, and notes the same in a file of its own. */
const agent = `#!/bin/sh
n=$1
touch "begun.$n"
until [ -e go ]; do sleep 0.05; done
echo "$((1000 + n)) $((10 * n))" >> used.txt
printf '{"type":"result","text":"done","usage":{"in":%d,"out":%d},"cost":0.3}\\n' $((1000 + n)) $((10 * n))
`

type Response = {
  readonly status: string
  readonly waiting_for: string | null
  readonly steps: readonly { readonly id: string; readonly status: string; readonly attempts: number }[]
  readonly usage: {
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly cost_usd: number | null
  }
  readonly budget: { readonly spent_usd: number; readonly spent_tokens: number; readonly reserved_usd: number }
}

await using project = new Project()
chmodSync(project.write('bin/worker', agent), 0o755)
project.env['PATH'] = `${join(project.folder, 'bin')}:${process.env['PATH'] ?? ''}`
project.write(
  'orchestrator_config.yaml',
  `agents:
  worker:
    type: cli_wrapper
    connection:
      method: subprocess
      config:
        command: worker
        args: ["{prompt}"]
        output: stream-json
        fields: { text: text, input_tokens: usage.in, output_tokens: usage.out, cost_usd: cost }
        end: { type: result }
`,
)
project.write(
  'plan.yaml',
  `name: costly
constraints: { budget: { max_usd: 1.0 } }
steps:
  - id: work
    agent: worker
    sandbox: "off"
    for_each: [1, 2, 3, 4, 5, 6, 7, 8]
    prompt: \${{ item }}
`,
)

const { child, ended } = await project.daemon()
const { run_id: run } = await project.json('run', 'plan.yaml', '--detach')
const status = async (): Promise<Response> => (await project.json('status', String(run))) as Response
await until('the first agent works', () => existsSync(project.path('begun.1')))
check(
  'while nothing is known of the agent, the first attempt has the whole budget',
  (await status()).budget.reserved_usd === 1,
)
child.kill('SIGKILL')
await ended
project.write('go', '')
await project.daemon()
await until('the run waits', async () => (await status()).status === 'waiting', 60_000)

const waiting = await status()
check('the run waits for a budget, not for people', waiting.waiting_for === 'budget', waiting)
check(
  'three steps fitted into one dollar',
  waiting.steps.filter((step) => step.status === 'finished').length === 3,
  waiting,
)
check(
  'what was spent is told, and nothing is reserved any more',
  waiting.budget.spent_usd === 0.9 && waiting.budget.reserved_usd === 0,
  waiting.budget,
)
const why = await project.orchd('explain', String(run), 'work.4')
check(
  'it is explained what is missing',
  why.stdout.includes('has $0.10 left, and the next attempt needs about $0.30'),
  why,
)

const resumed = await project.orchd('resume', String(run), '--budget', '2')
check('with two dollars more it goes on to its end', resumed.code === 0, resumed)
const done = await status()
const used = project
  .read('used.txt')
  .trim()
  .split('\n')
  .map((line) => line.split(' ').map(Number))
const sum = (column: 0 | 1): number => used.reduce((total, row) => total + (row[column] ?? 0), 0)
check(
  'each agent was started once, though the daemon was killed',
  used.length === 8 && done.steps.every(({ attempts }) => attempts <= 1),
  used,
)
check(
  'tokens are those that the agents wrote down',
  done.usage.input_tokens === sum(0) && done.usage.output_tokens === sum(1),
  done.usage,
)
check(
  'and the budget counts the same',
  done.budget.spent_tokens === sum(0) + sum(1) && done.budget.spent_usd === 2.4,
  done.budget,
)
check('the cost is exact to the cent', done.usage.cost_usd === 2.4, done.usage)
const cost = await project.orchd('cost', String(run), '--by', 'agent')
check('orchd cost says so', cost.stdout.includes('$2.40'), cost)
console.log(cost.stdout)
