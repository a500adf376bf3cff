import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { claudeProtocol } from '../../src/agents/claude/protocol.ts'
import { confineCommand, confinedEnvironment } from '../../src/agents/confine.ts'
import { customProtocol } from '../../src/agents/custom/protocol.ts'
import { findProgram } from '../../src/agents/find-program.ts'
import { permissionsFrom } from '../../src/plan/permissions.ts'
import type { PermissionWords } from '../../src/plan/plan.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import type { CliAgent } from '../../src/agents/cli/agent.ts'
import type { CliRig } from './cli-rig.ts'
import { confinedRig, confinement, inProject } from './confined-rig.ts'
import { plainEnv } from './rig.ts'

const rigWith = (agent: Partial<CliAgent> = {}, bwrap = true): ReturnType<typeof confinedRig> =>
  confinedRig(claudeProtocol, agent, { bwrap })

let rig: ReturnType<typeof rigWith>
beforeEach(() => async () => {
  await rig[Symbol.asyncDispose]()
})
const started = (): ReturnType<CliRig['started']> =>
  JSON.parse(readFileSync(join(rig.project, 'stand-in.json'), 'utf8'))

test('an agent works in a sandbox, with its own home and prompt, and with the login but nothing else of the person', async () => {
  rig = rigWith()
  const script = {
    replay: 'claude/edit',
    files: { 'hello.txt': 'hello', [join(rig.folder, 'person/.claude/.credentials.json')]: 'renewed' },
  }
  const attempt = rig.attempt(script, inProject(rig, { confinement: confinement() }))
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', sandbox: 'enforced', outputs: { text: 'Done.' } })
  expect(readFileSync(join(rig.project, 'hello.txt'), 'utf8')).toBe('hello')
  // One login, changed in its place.
  expect(readFileSync(join(rig.home, '.claude/.credentials.json'), 'utf8')).toBe('renewed')
  const { env, args, stdin } = started()
  expect(env).toMatchObject({ HOME: '/run/orchd/home', CLAUDE_CONFIG_DIR: attempt.home })
  expect(stdin).toBe(attempt.prompt)
  // What nobody forbids to it, it need not ask for: the sandbox holds it. Its own would not start in ours.
  expect(args.join(' ')).toContain('--allowedTools Bash WebFetch WebSearch')
  expect(args.join(' ')).toContain('--settings {"sandbox":{"enabled":false}}')
})

test('a step narrows what the registry gives its agent, and never widens it', async () => {
  rig = rigWith({
    permissions: { file_system: 'read_write', network: 'restricted', hosts: ['a.com'], shell_commands: 'none' },
  })
  const words: PermissionWords = { network: 'allowed', shell_commands: 'allowed', hosts: ['b.com'] }
  const attempt = rig.attempt(
    { replay: 'claude/edit' },
    inProject(rig, { confinement: confinement(), permissions: words }),
  )
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  const { args, env } = started()
  expect(args.join(' ')).toContain('--disallowedTools Bash')
  expect(args.join(' ')).not.toMatch(/WebFetch|b\.com/)
  expect(env['HTTPS_PROXY']).toBe('http://127.0.0.1:3128')
})

test('without a sandbox a step that requires one fails, and one that prefers one says that it ran without', async () => {
  rig = rigWith({}, false)
  const required = rig.attempt({ replay: 'claude/edit' }, inProject(rig, { confinement: confinement() }))
  expect(await rig.run(required)).toMatchObject({
    outcome: 'error',
    cause: 'sandbox_unavailable',
    message: expect.stringContaining('install bubblewrap'),
  })
  expect(existsSync(join(rig.project, 'stand-in.json'))).toBe(false)
  const preferred = rig.attempt(
    { replay: 'claude/edit' },
    { step: 'b', ...inProject(rig, { confinement: confinement('preferred') }) },
  )
  expect(await rig.run(preferred)).toMatchObject({ outcome: 'success', sandbox: 'missing' })
  expect(started().args).not.toContain('--settings')
  expect(started().env['HOME']).toBe(rig.home)
})

test('a program in the home folder is found with its interpreter and packages, links included, and nothing beside it', async () => {
  const protocol = customProtocol({ args: [], stdin: 'prompt' })
  rig = rigWith({ protocol: protocol.ok ? protocol.value : claudeProtocol, command: ['own-agent'], visible: [] })
  const packages = join(rig.home, 'lib/node_modules/own-agent')
  mkdirSync(packages, { recursive: true })
  mkdirSync(join(rig.home, 'bin'))
  mkdirSync(join(rig.home, 'tools'))
  writeFileSync(join(packages, 'message'), 'from its package')
  writeFileSync(
    join(packages, 'agent.sh'),
    `#!/usr/bin/env own-sh\ncat "$(dirname "$(readlink -f "$0")")/message"; cat ${rig.home}/.claude/history && echo seen\nexit 0\n`,
  )
  writeFileSync(join(rig.home, 'tools/secret'), '')
  chmodSync(join(packages, 'agent.sh'), 0o755)
  symlinkSync('../lib/node_modules/own-agent/agent.sh', join(rig.home, 'bin/own-agent'))
  symlinkSync('/bin/sh', join(rig.home, 'bin/own-sh'))
  const attempt = rig.attempt(
    {},
    {
      spec: { confinement: confinement() },
      rest: { root: rig.project, workingDirectory: rig.project, path: `${rig.home}/bin:/usr/bin:/bin` },
    },
  )
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', sandbox: 'enforced' })
  const log = readFileSync(join(attempt.folder, 'output.log'), 'utf8')
  expect(log).toContain('from its package')
  expect(log).not.toContain('seen')
})

test('what holds the home folder or the state folder is not shown, whoever asks', async () => {
  rig = rigWith({ visible: [resolve('test/fixtures')], writable: ['/'] })
  const attempt = rig.attempt({ replay: 'claude/edit' }, inProject(rig, { confinement: confinement() }))
  expect(await rig.run(attempt)).toMatchObject({
    cause: 'sandbox_unavailable',
    message: expect.stringContaining('/ holds what no sandbox may see'),
  })
})

test('a driver confines what it starts, several commands at once, with no secret in the command line', async () => {
  rig = rigWith()
  const attempt = rig.attempt({}, inProject(rig, { confinement: confinement() }))
  mkdirSync(attempt.folder, { recursive: true })
  const path = plainEnv()['PATH']!
  const permissions = permissionsFrom({ network: 'restricted', file_system: 'read_write' })
  const sandbox = createSandbox({
    stateFolder: join(rig.folder, 'runs'),
    inbox: join(rig.project, 'inbox'),
    configFile: join(rig.project, 'orchestrator_config.yaml'),
    baseEnv: plainEnv(),
    find: (name) => findProgram(name, path),
    home: rig.home,
  })
  const confined = confineCommand(attempt, sandbox, { command: [], permissions, path, env: { KEY: 'a-secret' } })
  if (!confined.ok || confined.value === null) throw new Error(JSON.stringify(confined))
  const { argv, env } = confined.value
  expect(argv.join(' ')).not.toContain('a-secret')
  const command = (script: string): Promise<{ code: number | null; text: string }> =>
    new Promise((done) => {
      const child = spawn(argv[0]!, [...argv.slice(1), '/bin/sh', '-c', script], {
        env: confinedEnvironment({ ...env, LD_LIBRARY_PATH: '/x' }),
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let text = ''
      child.stdout.on('data', (part: Buffer) => (text += part.toString()))
      child.once('close', (code) => done({ code, text }))
    })
  const meet = (own: string, other: string): string =>
    `touch ${own}; until test -e ${other}; do sleep 0.05; done; echo "$KEY in $PWD"; ls ${rig.home} && exit 1; test -S /run/orchd/network.sock && exit 3`
  const ended = await Promise.all([command(meet('a', 'b')), command(meet('b', 'a'))])
  expect(ended).toEqual([1, 2].map(() => ({ code: 3, text: `a-secret in ${rig.project}\n` })))
  rmSync(join(rig.project, 'a'))
})
