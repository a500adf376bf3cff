import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

/** Keeps the lines of both sides, and tells what that cost; it stays at its second conflict until it is let go on. */
const agent = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
const [folder] = process.argv.slice(2)
const text = readFileSync('shared.txt', 'utf8')
const isSecond = text.includes('three')
if (isSecond) {
  writeFileSync(folder + '/second', '')
  while (!existsSync(folder + '/go')) await new Promise((resolve) => setTimeout(resolve, 20))
}
writeFileSync('shared.txt', text.split('\\n').filter((line) => !/^[<=>]{7}/.test(line)).join('\\n'))
console.log(JSON.stringify({ type: 'end', text: 'Both.', usage: { in: 1000, out: 100 }, cost: isSecond ? 0.5 : 0.25 }))
`
const plan = `name: p
context: { branch: result }
steps:
  - { id: one, run: echo one > shared.txt }
  - { id: two, run: echo two > shared.txt }
  - { id: three, run: echo three > shared.txt }
  - id: join
    depends_on: [one, two, three]
    agent: mine
    sandbox: 'off'
    integrate: { on_conflict: resolve_with_agent, verify: test "$(wc -l < shared.txt)" = 3 }
`

async function projectWith(text: string): Promise<Project> {
  const made = new Project({ GIT_AUTHOR_NAME: 'a', GIT_COMMITTER_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_EMAIL: 'a@b' }) // prettier-ignore
  made.write('agent.mjs', agent)
  made.write('shared.txt', 'first\n')
  made.write('.gitignore', '.orchd\n')
  made.write('plan.yaml', text)
  const fields = { text: 'text', input_tokens: 'usage.in', output_tokens: 'usage.out', cost_usd: 'cost' }
  const command = [process.execPath, made.path('agent.mjs')]
  const config = { command, args: [made.folder, '{prompt_file}'], output: 'stream-json', end: { type: 'end' }, fields }
  const agents = { mine: { type: 'cli_wrapper', connection: { method: 'subprocess', config } } }
  made.write('orchestrator_config.yaml', JSON.stringify({ agents }))
  for (const args of [
    ['init', '--quiet'],
    ['add', '.gitignore', 'shared.txt'],
    ['commit', '--quiet', '-m', 'first'],
  ])
    execFileSync('git', args, { cwd: made.folder, env: { ...process.env, ...made.env } })
  return made
}

test('of a merge with two conflicts each is resolved once and paid for once, though the daemon is killed between them', async () => {
  await using made = await projectWith(plan)
  const first = await made.daemon()
  const run = String((await made.json('run', 'plan.yaml', '--detach'))['run_id'])
  await until('the agent is at the second conflict', () => existsSync(made.path('second')))
  first.child.kill('SIGKILL')
  await first.ended
  const second = await made.daemon()
  made.write('go', '')
  await until('the run is over', async () => (await made.json('status', run))['outcome'] !== null)
  const { steps, outcome } = (await made.json('status', run)) as { outcome: string; steps: Record<string, unknown>[] }
  const join = steps.find(({ id }) => id === 'join')
  expect({ outcome, message: join?.['message'] }).toEqual({ outcome: 'success', message: null })
  expect(join).toMatchObject({ attempts: 1, cost_usd: 0.75, usage: { input_tokens: 2000, output_tokens: 200 } })
  const { conflicts_resolved: resolved } = join!['outputs'] as {
    conflicts_resolved: { sides: string[][]; by: string }[]
  }
  const who = resolved.map(({ sides, by }) => [...sides.map((side) => side.toSorted().join()), by])
  expect(who).toEqual([
    ['one', 'two', 'mine'],
    ['one,two', 'three', 'mine'],
  ])
  second.child.kill('SIGTERM')
  await second.ended
})
