import { chmodSync, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const standIn = resolve('test/fixtures/bin/stand-in-agent.ts')

/** A project in which `claude` is a stand-in, and `mine` an agent of whom one step at most is done at once. */
function project(): Project {
  const made = new Project({ ANTHROPIC_API_KEY: 'sk-ant-stand-in' })
  chmodSync(made.write('bin/claude', `#!/bin/sh\nexec "${process.execPath}" "${standIn}" claude "$@"\n`), 0o755)
  made.env['PATH'] = `${join(made.folder, 'bin')}:${process.env['PATH']}`
  made.write(
    'orchestrator_config.yaml',
    'agents: { claude_code: { type: mcp_native, status: active, limits: { max_parallel: 2 } } }\n',
  )
  return made
}

const agentIn = ({ agents }: Record<string, unknown>, name: string): unknown =>
  Array.isArray(agents) ? agents.find((agent) => agent.name === name) : undefined

test('agents are told without a daemon, and nothing is made for it', async () => {
  await using made = project()
  const { stdout, code } = await made.orchd('agents')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^claude_code +active +headless +0\.0\.0 +- +0\/2 +free$/m)
  expect(stdout).toMatch(/^cursor_cli +blocked/m)
  expect(existsSync(made.path('.orchd/orchd.db'))).toBe(false)
  expect((await made.orchd('agents', 'claude_code')).stdout).toContain('login         a key (ANTHROPIC_API_KEY)')
  expect(await made.orchd('agents', 'clod')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no agent is called "clod"'),
  })
})

test('a daemon tells which slots are taken', async () => {
  await using made = project()
  const prompt = JSON.stringify(JSON.stringify({ replay: 'claude/edit', waitFor: 'go' }))
  made.write('plan.yaml', `name: p\nsteps:\n  - { id: a, agent: claude_code, sandbox: "off", prompt: ${prompt} }\n`)
  const daemon = await made.daemon()
  const { run_id: run } = await made.json('run', 'plan.yaml', '--detach')
  await until('the agent works', () => existsSync(made.path('stand-in.json')))
  expect(agentIn(await made.json('agents'), 'claude_code')).toMatchObject({
    state: 'active',
    version: '0.0.0',
    slots: { used: 1, max_parallel: 2 },
  })
  made.write('go', '')
  await until('the run is over', async () => (await made.json('status', String(run)))['status'] === 'completed')
  expect(agentIn(await made.json('agents'), 'claude_code')).toMatchObject({ slots: { used: 0 } })
  daemon.child.kill('SIGTERM')
  await daemon.ended
})

test('orchd agents --check tries each, and its exit code tells whether all are fine', async () => {
  await using made = project()
  const fine = await made.orchd('agents', '--check')
  expect(fine).toMatchObject({ code: 0, stderr: 'all fine: claude_code\n' })
  expect(fine.stdout).toMatch(/^ {2}ok +version +0\.0\.0$/m)
  made.env['ANTHROPIC_API_KEY'] = ''
  made.env['HOME'] = made.folder
  const bad = await made.orchd('agents', '--check')
  expect(bad).toMatchObject({ code: 1, stderr: 'not fine: claude_code\n' })
  expect(bad.stdout).toMatch(/^ {2}fail +login +claude_code has no key for its service and no login$/m)
})
