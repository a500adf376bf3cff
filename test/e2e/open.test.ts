import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const standIn = resolve('test/fixtures/bin/stand-in-agent.ts')
const bin = resolve('bin/orchd.js')
const session = '11111111-1111-4111-8111-111111111111'
const key = 'sk-ant-stand-in'

/** A repository in which agents are stand-ins under the names of the real programs. */
function projectWith(program: string, env: Record<string, string>): Project {
  const project = new Project(env)
  const file = project.write(`bin/${program}`, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" ${program} "$@"\n`)
  chmodSync(file, 0o755)
  project.env['PATH'] = `${join(project.folder, 'bin')}:${process.env['PATH']}`
  project.write('.gitignore', '.orchd/\nbin/\n*.yaml\nstand-in.json\nshell*\n')
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: project.folder })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  return project
}

const plan = (agent: string, script: object): string => `name: p
context: { branch: result }
defaults: { sandbox: "off" }
steps:
  - id: work
    agent: ${agent}
    prompt: ${JSON.stringify(JSON.stringify(script))}
`

/** Opens a step on a terminal, in which the commands stand for what a person types; what the terminal shows. */
async function openedWith(project: Project, run: string, commands: string): Promise<string> {
  const shell = project.write('shell', `#!/bin/sh\n${commands}\n`)
  chmodSync(shell, 0o755)
  const command = `SHELL="${shell}" "${process.execPath}" "${bin}" open ${run} work`
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd: project.folder,
    env: { ...project.env, SHELL: '/bin/sh' },
  })
  return stdout
}

test('orchd open makes the workspace of a step again and its session ready, in which the agent is gone on with', async () => {
  await using project = projectWith('claude', { ANTHROPIC_API_KEY: key })
  const script = {
    replay: 'claude/edit',
    files: { 'hello.txt': 'hello' },
    before: [`{"type":"note","text":"${key}"}`],
    keeps: `projects/-p/${session}.jsonl`,
  }
  project.write('plan.yaml', plan('claude_code', script))
  const { run_id: run } = await project.json('run', 'plan.yaml')
  const tree = project.path('.orchd/workspaces', String(run), 'work/tree')
  expect(existsSync(tree)).toBe(false)
  const resumes = `echo '{"replay":"claude/resumed","files":{"hello.txt":"better"}}' | claude --resume ${session} >shell.log`
  const shown = await openedWith(project, String(run), `${resumes}; git --no-pager log -1 --format=%s`)
  expect(shown).toContain('the workspace of "work", made again from what it came to')
  expect(shown).toContain(`to go on in the session of claude_code: claude --resume ${session}`)
  expect(shown).toMatch(/\nwork\r\n/)
  expect(shown).not.toContain(key)
  const { args, env, cwd } = JSON.parse(readFileSync(join(tree, 'stand-in.json'), 'utf8'))
  expect([args, cwd]).toEqual([['--resume', session], tree])
  const home = project.path('.orchd/runs', String(run), '_homes/work')
  expect(env).toMatchObject({ CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: key })
  expect(existsSync(join(home, `projects/-p/${session}.jsonl`))).toBe(true)
  expect(JSON.parse(readFileSync(join(home, '.claude.json'), 'utf8'))).toEqual({ hasCompletedOnboarding: true })

  // What the person made of it outlives its workspace.
  const printed = await project.orchd('open', String(run), 'work', '--print')
  expect(printed.stdout).toBe(`${tree}\n`)
  expect(printed.stderr).toContain(`CLAUDE_CONFIG_DIR=${home} claude --resume ${session}`)
  expect((await project.orchd('gc', '--keep', '0', '--older-than', '0s', '--yes')).code).toBe(0)
  expect([tree, home].map((path) => existsSync(path))).toEqual([false, false])
  const kept = `refs/orchd/${String(run)}/work@1-opened:hello.txt`
  expect(execFileSync('git', ['show', kept], { cwd: project.folder, encoding: 'utf8' })).toBe('better')
})

test.for([
  ['codex', 'openai_codex', 'CODEX_HOME', 'codex/edit', '01a217d7-8a3d-7033-91a5-6bb05e8acf2a', 'codex resume '],
  ['cursor-agent', 'cursor_cli', null, 'cursor/edit', null, 'cursor-agent --resume '],
] as const)('orchd open tells how %s goes on', async ([program, agent, variable, replay, id, command]) => {
  await using project = projectWith(program, { OPENAI_API_KEY: key, CURSOR_API_KEY: key, ENABLE_CURSOR_CLI: 'true' })
  project.write(
    'plan.yaml',
    plan(agent, { replay, ...(id === null ? {} : { keeps: `sessions/2026/rollout-${id}.jsonl` }) }),
  )
  const { run_id: run } = await project.json('run', 'plan.yaml')
  const { stdout, stderr } = await project.orchd('open', String(run), 'work')
  const tree = project.path('.orchd/workspaces', String(run), 'work/tree')
  expect(stdout, stderr).toBe(`${tree}\n`)
  const home = variable === null ? '' : `${variable}=${project.path('.orchd/runs', String(run), '_homes/work')} `
  expect(stderr).toContain(`to go on in the session of ${agent}: ${home}${command}${id ?? ''}`)
  expect(stderr).not.toContain(key)
})

const registry = (config: object): string =>
  JSON.stringify({ agents: { mine: { type: 'cli_wrapper', connection: { method: 'subprocess', config } } } })

test('an agent without a session says so, and a program of the user’s own goes on as its registry entry says', async () => {
  await using project = projectWith('mine', {})
  const config = {
    command: 'mine',
    args: ['{prompt}', ['--session', '{session}']],
    output: 'stream-json',
    fields: { text: 'result', session: 'session_id' },
    end: { type: 'result' },
    resume: ['chat', '--session={session}'],
  }
  project.write('orchestrator_config.yaml', registry(config))
  project.write('plan.yaml', plan('mine', { replay: 'claude/edit', files: { 'a.txt': 'a' } }))
  const { run_id: run } = await project.json('run', 'plan.yaml')
  const told = async (): Promise<string> => (await project.orchd('open', String(run), 'work', '--print')).stderr
  expect(await told()).toContain(`to go on in the session of mine: mine chat --session=${session}`)
  const { resume: _, ...without } = config
  project.write('orchestrator_config.yaml', registry(without))
  expect(await told()).toContain('mine has no session that can be resumed')
})

test('what a failed step left is made again, too; a step that never worked has nothing to open', async () => {
  await using project = projectWith('claude', {})
  const steps = '[{ id: work, run: "echo left > a.txt; false" }, { id: after, depends_on: [work], run: "true" }]'
  project.write('plan.yaml', `name: p\ncontext: { branch: result }\nsteps: ${steps}\n`)
  const { run_id: run } = await project.json('run', 'plan.yaml')
  rmSync(project.path('.orchd/workspaces'), { recursive: true })
  const { stdout } = await project.orchd('open', String(run), 'work')
  expect(readFileSync(join(stdout.trim(), 'a.txt'), 'utf8')).toBe('left\n')
  const { code, stderr } = await project.orchd('open', String(run), 'after')
  expect([code, stderr]).toEqual([2, expect.stringContaining('WORKSPACE_GONE')])
})
