import { chmodSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

/** A project with an agent, one at a time, that is refused, or has used up its quota, until its file `well` is there. */
function project(says: string): Project {
  const made = new Project()
  const program = made.write(
    'bin/mine',
    `#!/bin/sh\nif test -e ${made.path('well')}; then echo done; else echo "${says}" >&2; exit 1; fi\n`,
  )
  chmodSync(program, 0o755)
  made.write(
    'orchestrator_config.yaml',
    `agents:
  mine:
    type: cli_wrapper
    status: active
    connection: { method: subprocess, config: { command: ${program} } }
    limits: { max_parallel: 1 }
`,
  )
  made.write(
    'plan.yaml',
    `name: p
defaults: { sandbox: "off" }
steps:
  - { id: one, agent: mine, prompt: Do it. }
  - { id: two, agent: mine, prompt: Do it. }
`,
  )
  return made
}

test('a credential that is refused stops the others before they are tried, until it is released', async () => {
  await using made = project('API Error: 401 invalid api key')
  const daemon = await made.daemon()
  const quiet = await made.orchd('run', 'plan.yaml', '--no-wait')
  expect(quiet.code).toBe(6)
  expect(quiet.stderr).toContain(
    'waits for agent: mine is stopped: its credential was refused (auth); once it is right: orchd agents --release mine',
  )
  const run = /run (r\w+)/.exec(quiet.stderr)?.[1] ?? ''
  const status = await made.json('status', run)
  expect(status).toMatchObject({ status: 'waiting', waiting_for: 'agent', steps: [{ outcome: 'failure', cause: 'auth' }, { status: 'queued', attempts: 0 }] }) // prettier-ignore
  expect((await made.orchd('status', run)).stdout).toContain('waits for agent: mine is stopped')
  expect((await made.orchd('explain', run, 'two')).stdout).toContain('is ready; waits for mine: it is stopped')
  made.write('well', '')
  expect((await made.orchd('agents', '--release', 'mine')).stdout).toBe('credential mine is used again\n')
  await until('the run is over', async () => (await made.json('status', run))['status'] === 'failed')
  expect(await made.json('status', run)).toMatchObject({ steps: [{}, { outcome: 'success', attempts: 1 }] })
  expect((await made.orchd('agents', '--release', 'mine')).stdout).toBe(
    'credential mine was neither parked nor stopped\n',
  )
  daemon.child.kill('SIGTERM')
  await daemon.ended
})

test('a quota that is used up parks the credential, costs no attempt, and is shown', async () => {
  await using made = project('You have hit your usage limit. Try again in 3 hours.')
  const daemon = await made.daemon()
  const run = String((await made.json('run', 'plan.yaml', '--detach'))['run_id'])
  await until('it waits', async () => (await made.json('status', run))['waiting_for'] === 'quota')
  expect(await made.json('status', run)).toMatchObject({ status: 'waiting', steps: [{ status: 'queued', attempts: 1 }, { attempts: 0 }] }) // prettier-ignore
  expect((await made.orchd('status', run)).stdout).toMatch(/waits for quota: mine parked until .*UTC \(usage_limit\)/)
  expect((await made.orchd('ps')).stdout).toContain('quota')
  made.write('well', '')
  await made.orchd('agents', '--release', 'mine')
  await until('the run is over', async () => (await made.json('status', run))['status'] === 'completed')
  daemon.child.kill('SIGTERM')
  await daemon.ended
})

test.for(['key', 'login'] as const)(
  'a credential that was refused is used again by who starts with another %s',
  async (what) => {
    const refuses =
      '{"type":"result","subtype":"success","is_error":true,"api_error_status":401,"result":"API Error: 401"}'
    const works = '{"type":"result","subtype":"success","is_error":false,"result":"done"}'
    await using made = new Project({ HOME: '/nowhere' })
    made.env['HOME'] = made.path('home')
    delete made.env['CLAUDE_CONFIG_DIR']
    const program = made.write(
      'bin/claude',
      `#!/bin/sh\nif test -e ${made.path('well')}; then echo '${works}'; else echo '${refuses}'; exit 1; fi\n`,
    )
    chmodSync(program, 0o755)
    const connection = { method: 'subprocess', config: { command: program } }
    made.write(
      'orchestrator_config.yaml',
      JSON.stringify({ agents: { claude_code: { type: 'cli_wrapper', connection } } }),
    )
    made.write('plan.yaml', 'name: p\nsteps: [{ id: one, agent: claude_code, sandbox: "off", prompt: Do it. }]\n')
    const renew = (value: string): void => {
      if (what === 'key') made.env['ANTHROPIC_API_KEY'] = value
      else made.write('home/.claude/.credentials.json', value)
    }
    renew('first-value')
    expect((await made.orchd('run', 'plan.yaml', '--no-wait')).code).toBe(1)
    made.write('well', '')
    expect((await made.orchd('run', 'plan.yaml', '--no-wait')).code).toBe(6)
    for (const words of [['--check'], [], ['claude_code']]) {
      const { stdout } = await made.orchd('agents', ...words)
      expect(stdout).toContain('its credential claude_code is stopped, because it was refused (auth)')
      expect(stdout).toContain('orchd agents --release claude_code')
    }
    renew('other-value')
    const { code, stderr } = await made.orchd('run', 'plan.yaml', '--no-wait')
    expect(code, stderr).toBe(0)
  },
)
