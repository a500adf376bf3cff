import { chmodSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const standIn = resolve('test/fixtures/bin/stand-in-agent.ts')

/** A project in which agents are stand-ins under the names of the real programs. */
function projectWith(...programs: readonly string[]): Project {
  const project = new Project({ ANTHROPIC_API_KEY: 'sk-ant-stand-in' })
  for (const program of programs) {
    const file = project.write(`bin/${program}`, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" ${program} "$@"\n`)
    chmodSync(file, 0o755)
  }
  project.env['PATH'] = `${join(project.folder, 'bin')}:${process.env['PATH']}`
  return project
}

const plan = (agent: string, script: object, more = ''): string => `name: p
defaults: { sandbox: "off" }
steps:
  - id: work
    agent: ${agent}
    prompt: ${JSON.stringify(JSON.stringify(script))}
${more}  - id: after
    depends_on: [work]
    run: echo "$SAID"
    env: { SAID: "\${{ steps.work.outputs.text }}" }
`

test('orchd run has claude_code do a step, and hands its last message, tokens and cost on', async () => {
  await using project = projectWith('claude')
  project.write('plan.yaml', plan('claude_code', { replay: 'claude/edit', files: { 'hello.txt': 'hello' } }))
  const response = await project.json('run', 'plan.yaml')
  expect(response).toMatchObject({
    status: 'completed',
    execution_summary: { primary_agent: 'claude_code' },
    usage: { input_tokens: 1234, output_tokens: 56, cost_usd: 0.006256, cost_source: 'reported' },
  })
  expect(project.read('hello.txt')).toBe('hello')
  expect((await project.orchd('logs', String(response['run_id']), 'after')).stdout).toBe('Done.\n')
  const { env } = JSON.parse(project.read('stand-in.json'))
  expect(env.TRACEPARENT).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
})

test('orchd run has openai_codex do a step when its program and a key are there', async () => {
  await using project = projectWith('codex')
  project.env['OPENAI_API_KEY'] = 'sk-stand-in'
  project.write('plan.yaml', plan('openai_codex', { replay: 'codex/edit', files: { 'hello.txt': 'hello' } }))
  expect(await project.json('run', 'plan.yaml')).toMatchObject({
    status: 'completed',
    usage: { input_tokens: 3702, output_tokens: 63, cost_usd: null, cost_source: 'unknown' },
  })
  expect(project.read('hello.txt')).toBe('hello')
})

test('a retry goes on in the session of the attempt before, each counted once, and its home goes with the step', async () => {
  await using project = projectWith('claude')
  const session = '11111111-1111-4111-8111-111111111111'
  const script = {
    replay: 'claude/edit',
    exit: 1,
    keeps: `projects/-p/${session}.jsonl`,
    resumed: { replay: 'claude/resumed' },
  }
  project.write('plan.yaml', plan('claude_code', script, '    retry: { max_attempts: 2, delay: 1ms }\n'))
  expect(await project.json('run', 'plan.yaml')).toMatchObject({
    status: 'completed',
    steps: [{ attempts: 2, usage: { input_tokens: 2468, cache_read_tokens: 8 }, cost_usd: 0.012512 }, { id: 'after' }],
    usage: { input_tokens: 2468, output_tokens: 112, cost_usd: 0.012512, cost_source: 'reported' },
  })
  const { args, stdin } = JSON.parse(project.read('stand-in.json'))
  expect(args).toContain(session)
  expect(stdin).toMatch(
    /^Your work on this ended before it was done \(agent_error: it told of a success, but ended with exit code 1\)/,
  )
  expect(readdirSync(project.path('.orchd/homes'))).toEqual([])
})

test('an agent that stops at what the budget leaves has the run wait, and goes on in its session with more', async () => {
  await using project = projectWith('claude')
  const session = '11111111-1111-4111-8111-111111111111'
  const keeps = `projects/-p/${session}.jsonl`
  const script = { replay: 'claude/max-budget', exit: 1, keeps, resumed: { replay: 'claude/resumed' } }
  project.write('plan.yaml', `${plan('claude_code', script)}constraints: { budget: { max_usd: 0.006 } }\n`)
  const { code, stderr, stdout } = await project.orchd('run', 'plan.yaml', '--no-wait')
  expect(code, stderr).toBe(6)
  expect(stdout).toContain('work waits: the budget of the plan, $0.0060, is used up')
  expect(JSON.parse(project.read('stand-in.json')).args.join(' ')).toContain('--max-budget-usd 0.006')
  const [run] = (await project.json('ps')) as unknown as { run_id: string }[]
  expect(await project.json('resume', run!.run_id, '--budget', '1')).toMatchObject({
    status: 'completed',
    steps: [{ attempts: 2, cost_usd: 0.012512, usage: { input_tokens: 2468 } }, { id: 'after' }],
  })
})

test('orchd run has a program of the user’s own do a step, as the registry describes it', async () => {
  await using project = projectWith('mine')
  project.write(
    'orchestrator_config.yaml',
    'agents:\n  mine:\n    type: cli_wrapper\n    connection:\n      method: subprocess\n      config:\n        command: mine\n' +
      '        output: stream-json\n        fields: { text: result, input_tokens: usage.input_tokens, output_tokens: usage.output_tokens }\n' +
      '        end: { type: result }\n',
  )
  project.write('plan.yaml', plan('mine', { replay: 'claude/edit', lingers: true }))
  expect(await project.json('run', 'plan.yaml')).toMatchObject({
    status: 'completed',
    execution_summary: { primary_agent: 'mine' },
    steps: [{ outputs: { text: 'Done.' } }, { id: 'after' }],
    usage: { input_tokens: 1200, output_tokens: 56 },
  })
})

test('a denied tool fails the step with its own cause, and a key is in no log', async () => {
  await using project = projectWith('claude')
  project.write('plan.yaml', plan('claude_code', { replay: 'claude/denied', printEnv: 'ANTHROPIC_API_KEY' }))
  const { code, stderr, stdout } = await project.orchd('run', 'plan.yaml', '--json')
  expect(code).toBe(1)
  expect(stdout).toContain('"cause":"permission_denied"')
  const log = await project.orchd('logs', String(JSON.parse(stdout.trimEnd().split('\n').at(-1)!).run_id), 'work')
  expect(log.stdout).toContain('its value is ***')
  expect(stdout + stderr + log.stdout).not.toContain('sk-ant-stand-in')
})

test('an agent outlives kill -9 of the daemon, is adopted by the next, and told its end only once', async () => {
  await using project = projectWith('claude')
  const script = { replay: 'claude/edit', waitFor: 'go', lingers: true }
  project.write('plan.yaml', plan('claude_code', script))
  const { child, ended } = await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  await until('the agent works', () => project.processes().length > 0 && existsIn(project, 'stand-in.json'))
  const { pid } = JSON.parse(project.read('stand-in.json'))
  child.kill('SIGKILL')
  await ended
  await project.daemon()
  project.write('go', '')
  await until('the run ends', async () => (await project.json('status', String(id)))['status'] === 'completed')
  const { steps } = await project.json('status', String(id))
  expect(steps).toMatchObject([{ id: 'work', attempts: 1, outcome: 'success', cost_usd: 0.006256 }, { id: 'after' }])
  expect(JSON.parse(project.read('stand-in.json')).pid).toBe(pid)
})

test('cancelling a run ends its agent and what that left', async () => {
  await using project = projectWith('claude')
  project.write('plan.yaml', plan('claude_code', { replay: 'claude/edit', child: true, waitFor: 'never' }))
  await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  await until('the agent works', () => existsIn(project, 'child.pid'))
  await project.orchd('cancel', String(id))
  await until('the run ends', async () => (await project.json('status', String(id)))['status'] === 'cancelled')
  expect(project.processes()).toEqual([])
})

test('what is missing for a step is said before anything starts, with exit code 2', async () => {
  await using project = projectWith()
  project.env['PATH'] = process.env['PATH']!.split(':')
    .filter((folder) => !folder.includes('claude'))
    .join(':')
  project.write(
    'plan.yaml',
    plan('claude_code', {}).replace('- id: work', '- { id: first, run: touch ran }\n  - id: work'),
  )
  for (const name of ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']) delete project.env[name]
  project.env['HOME'] = project.path('home')
  const { code, stderr } = await project.orchd('run', 'plan.yaml')
  expect([code, existsIn(project, 'ran')]).toEqual([2, false])
  expect(stderr).toMatch(/AGENT_UNAVAILABLE {2}step "work" cannot run: "claude" is not installed/)
  // No key either: what comes next is said at once, too.
  expect(stderr).toMatch(/npm install -g @anthropic-ai\/claude-code, then set .*ANTHROPIC_API_KEY, or log in/)
  expect(stderr).toContain('"plan.yaml" was not run: one of its steps cannot run here')
  expect(stderr).toContain('orchd run plan.yaml --simulate plays it whole')
  expect(stderr).toContain('--simulate=agents')
})

function existsIn(project: Project, name: string): boolean {
  try {
    return project.read(name) !== ''
  } catch {
    return false
  }
}
