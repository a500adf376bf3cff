import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

// Shell steps in a sandbox, by the built program: what each word allows, and that launching, stopping and adopting are as ever.

type StepView = {
  readonly id: string
  readonly outcome: string | null
  readonly cause: string | null
  readonly message: string | null
  readonly attempts: number
  readonly exit_code: number | null
  readonly sandbox: string | null
  readonly outputs: Readonly<Record<string, string>>
}

async function run(project: Project, plan: string): Promise<Readonly<Record<string, StepView>>> {
  project.write('plan.yaml', plan)
  const response = await project.json('run', 'plan.yaml')
  return stepsOf(response)
}

const stepsOf = (response: Record<string, unknown>): Readonly<Record<string, StepView>> =>
  Object.fromEntries(
    (Array.isArray(response['steps']) ? response['steps'] : []).map((step: StepView) => [step.id, step]),
  )

const runIn = (project: Project): string => {
  const [id] = readdirSync(project.path('.orchd/runs'))
  if (id === undefined) throw new Error('no run')
  return id
}

/** How many processes of the machine have this in their command line. */
const withCommand = (text: string): number =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)
    } catch {
      return false // it has ended
    }
  }).length

/** A folder with these programs and no others, to be a PATH. */
function pathWith(project: Project, programs: Readonly<Record<string, string>>): string {
  const bin = project.path('bin')
  mkdirSync(bin)
  for (const name of ['bash', 'sh', 'perl', 'cat', 'touch']) symlinkSync(`/usr/bin/${name}`, `${bin}/${name}`)
  for (const [name, script] of Object.entries(programs)) chmodSync(project.write(`bin/${name}`, script), 0o755)
  return bin
}

const can = (name: string, script: string): string =>
  `if ( ${script} ) > /dev/null 2>&1; then echo ${name}=yes; else echo ${name}=no; fi >> "$ORCHD_OUTPUT"`

test('file_system: nothing of the folder, only reading, or writing too', async () => {
  await using project = new Project()
  project.write('src/a.txt', 'a')
  const script = [can('read', 'grep a "$FOLDER/src/a.txt"'), can('write', 'echo "$ORCHD_STEP_ID" > "$FOLDER/src/$ORCHD_STEP_ID"'), 'echo x > /tmp/mine', 'echo y > "$HOME/mine"'] // prettier-ignore
  const step = (word: string): string => `
  - id: ${word.replace('_', '-')}
    permissions: { file_system: ${word} }
    env: { FOLDER: ${project.folder} }
    run: |
      ${script.join('\n      ')}`
  const steps = await run(project, `name: files\nsteps:${['none', 'read_only', 'read_write'].map(step).join('')}`)
  expect(Object.values(steps).map(({ id, outcome, outputs }) => [id, outcome, outputs])).toEqual([
    ['none', 'success', { read: 'no', write: 'no' }],
    ['read-only', 'success', { read: 'yes', write: 'no' }],
    ['read-write', 'success', { read: 'yes', write: 'yes' }],
  ])
  expect(readdirSync(project.path('src')).toSorted()).toEqual(['a.txt', 'read-write'])
  expect(existsSync('/tmp/mine')).toBe(false)
})

test('the objects of the repository are there only with the folder of the work and its .git', async () => {
  await using project = new Project()
  const git = (...args: readonly string[]): void => void execFileSync('git', args, { cwd: project.folder, env: { ...process.env, ...project.env } }) // prettier-ignore
  project.write('.gitignore', '.orchd\n')
  project.write('a.txt', 'a')
  git('init', '--quiet')
  git('add', '.gitignore', 'a.txt')
  git('commit', '--quiet', '-m', 'first')
  const script = [can('objects', 'ls "$FOLDER/.git/objects/info"'), can('history', 'git log | grep first')]
  const step = (id: string, words: string): string => `
  - id: ${id}
    permissions: { ${words} }
    env: { FOLDER: ${project.folder} }
    run: |
      ${script.join('\n      ')}`
  const steps = await run(project, `name: objects\ncontext: { repository: . }\nsteps:${step('no-files', 'file_system: none')}${step('no-git', 'git_operations: none')}${step('both', 'file_system: read_only')}`) // prettier-ignore
  expect(['no-files', 'no-git', 'both'].map((id) => steps[id]?.outputs)).toEqual([
    { objects: 'no', history: 'no' },
    { objects: 'no', history: 'no' },
    { objects: 'yes', history: 'yes' },
  ])
})

const direct = (port: number): string => `exec 3<> /dev/tcp/127.0.0.1/${port}`
const proxied = (target: string): string => {
  const [, host = ''] = /^\w+:\/\/([^/]+)/.exec(target) ?? []
  const request = `GET ${target} HTTP/1.1\\r\\nHost: ${host}\\r\\n\\r\\n`
  return `exec 3<> /dev/tcp/127.0.0.1/3128; printf '${request}' >&3; grep -q 'this is' <&3`
}
const connected = (target: string): string =>
  `exec 3<> /dev/tcp/127.0.0.1/3128; printf 'CONNECT ${target} HTTP/1.1\\r\\n\\r\\n' >&3; read -r line <&3; [[ $line == *" 200 "* ]]`

test.each([
  [
    'a folder',
    [],
    {
      none: ['no', 'no', 'no', 'no', 'no'],
      pr_only: ['yes', 'no', 'no', 'no', 'no'],
      allowed: ['yes', 'yes', 'no', 'no', 'no'],
    },
  ],
  [
    'a file that leads elsewhere',
    ['file'],
    {
      none: ['no', 'no', 'no', 'no', 'no'],
      pr_only: ['no', 'no', 'no', 'no', 'no'],
      allowed: ['no', 'no', 'no', 'no', 'no'],
    },
  ],
])(
  'git_operations: nothing, reading, or all but what git takes commands from; .git is %s',
  async (_, [isFile], wanted) => {
    await using project = new Project()
    if (isFile !== undefined) project.write('.git', `gitdir: ${project.path('real')}\n`)
    else for (const name of ['.git/config', '.git/HEAD', '.git/hooks/x', '.git/objects/y']) project.write(name, name)
    const script = [
    can('read', 'grep -q HEAD .git/HEAD'), can('objects', 'echo > .git/objects/new'), can('hooks', 'echo > .git/hooks/post-commit'),
    can('config', 'echo >> .git/config'), can('pointer', '(rm .git || mv .git away) && mkdir .git'),
  ] // prettier-ignore
    const step = (word: string): string => `
  - id: ${word.replace('_', '-')}
    permissions: { git_operations: ${word} }
    run: |
      ${script.join('\n      ')}`
    const steps = await run(project, `name: git\nsteps:${Object.keys(wanted).map(step).join('')}`)
    const found = Object.values(steps).map(({ id, outputs }) => [id.replace('-', '_'), Object.values(outputs)])
    expect(Object.fromEntries(found)).toEqual(wanted)
  },
)

test('network: nothing, the listed hosts through the proxy, or what the machine has', async () => {
  await using project = new Project()
  const [listed, other] = [await serve('listed'), await serve('other')]
  const script = [
    can('direct', direct(listed)), can('listed', proxied(`http://localhost:${listed}/`)), can('connect', connected(`127.0.0.1:${listed}`)),
    can('other-port', proxied(`http://localhost:${other}/`)), can('other-name', proxied(`http://example.org/`)),
    can('metadata', connected('169.254.169.254:80')), can('own-name', connected('private.test:443')), can('raw', connected('[::1]:80')),
  ] // prettier-ignore
  const step = (word: string, more: string): string => `
  - id: ${word}
    permissions: { network: ${word}${more} }
    run: |
      ${script.join('\n      ')}`
  const steps = await run(
    project,
    `name: network\nsteps:${step('none', '')}${step('restricted', `, hosts: ["localhost:${listed}", "127.0.0.1:${listed}", "*.test"]`)}${step('allowed', '')}`,
  )
  const none = { direct: 'no', listed: 'no', connect: 'no', 'other-port': 'no', 'other-name': 'no', metadata: 'no', 'own-name': 'no', raw: 'no' } // prettier-ignore
  expect(steps['none']?.outputs).toEqual(none)
  expect(steps['restricted']?.outputs).toEqual({ ...none, listed: 'yes', connect: 'yes' })
  expect(steps['allowed']?.outputs).toEqual({ ...none, direct: 'yes' })
  const { stdout } = await project.orchd('logs', runIn(project), 'restricted')
  expect(stdout).toContain('network: 169.254.169.254:80 is refused: it is not in "hosts"\n')
  expect(stdout).toContain(`network: localhost:${other} is refused: "hosts" has it with other ports only\n`)
})

async function serve(name: string): Promise<number> {
  const server = createServer((_, response) => response.end(`this is ${name}\n`))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return (address satisfies AddressInfo).port
}

test('without bubblewrap what requires a sandbox fails with what to do, and what prefers one says that it had none', async () => {
  await using project = new Project()
  project.env['PATH'] = pathWith(project, {})
  const steps = await run(project, 'name: none\nsteps:\n  - { id: required, sandbox: required, run: touch ran }\n  - { id: preferred, sandbox: preferred, run: "echo hello; touch also" }') // prettier-ignore
  expect(steps['required']).toMatchObject({ outcome: 'error', cause: 'sandbox_unavailable', sandbox: null })
  expect(steps['required']?.message).toMatch(/bwrap is not found.*install bubblewrap/)
  expect(steps['preferred']).toMatchObject({ outcome: 'success', sandbox: 'missing' })
  expect(steps['preferred']?.message).toMatch(/^ran without a sandbox: bwrap is not found/)
  expect(existsSync(project.path('ran'))).toBe(false)
  const { stdout } = await project.orchd('logs', runIn(project), 'preferred')
  expect(stdout).toMatch(/^orchd: this step runs without a sandbox: bwrap is not found.*\nhello\n$/)
})

test.each([
  ['is too old', 'echo bubblewrap 0.4.1', /0\.4\.1 is too old.*0\.8 or newer/],
  ['may not make namespaces', 'test "$1" = --version && exec echo bubblewrap 0.8.0; echo "bwrap: No permissions to create new namespace" >&2; exit 1', /No permissions to create new namespace.*allow unprivileged user namespaces/],
  ['fails only when it matters', 'case "$*" in *--json-status-fd*) echo "bwrap: no mount for you" >&2; exit 1;; esac; exec /usr/bin/bwrap "$@"', /the sandbox could not be set up: bwrap: no mount for you/],
])('a bubblewrap that %s is none', async (_, script, message) => {
  await using project = new Project()
  project.env['PATH'] = pathWith(project, { bwrap: `#!/bin/sh\n${script}\n` })
  const steps = await run(project, 'name: broken\nsteps:\n  - { id: a, sandbox: required, run: touch ran }')
  expect(steps['a']).toMatchObject({ outcome: 'error', cause: 'sandbox_unavailable' })
  expect(steps['a']?.message).toMatch(message)
  expect(existsSync(project.path('ran'))).toBe(false)
}) // prettier-ignore

test('exit codes, outputs and logs are those of the command', async () => {
  await using project = new Project()
  const steps = await run(project, 'name: ends\nsteps:\n  - { id: a, sandbox: required, run: "echo one; echo x=1 >> $ORCHD_OUTPUT; exit 7" }\n  - { id: b, sandbox: required, run: "kill -9 $$" }') // prettier-ignore
  expect(steps['a']).toMatchObject({ outcome: 'failure', cause: 'exit_nonzero', exit_code: 7, outputs: { x: '1' } })
  expect(steps['a']?.message).toContain('exit code 7: one')
  expect(steps['b']).toMatchObject({ outcome: 'failure', cause: 'exit_nonzero', exit_code: 137 })
})

const waiting = `echo begun > begun; while [ ! -e go ]; do sleep 0.05; done`

test('a confined step outlives its holder, is adopted, and its end is taken up', async () => {
  await using project = new Project()
  project.write('plan.yaml', `name: adopted\nsteps:\n  - { id: a, sandbox: required, run: '${waiting}; echo x=1 >> "$ORCHD_OUTPUT"' }`) // prettier-ignore
  const first = await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  await until('the step has begun', () => existsSync(project.path('begun')))
  first.child.kill('SIGKILL')
  await first.ended
  await project.daemon()
  project.write('go', '')
  await until('the run is over', async () => (await project.json('status', String(id)))['status'] === 'completed')
  const steps = stepsOf(await project.json('status', String(id)))
  expect(steps['a']).toMatchObject({ outcome: 'success', attempts: 1, sandbox: 'enforced', outputs: { x: '1' } })
})

test('a confined step whose launcher and holder are both killed is found again and ended by what was asked for then', async () => {
  await using project = new Project()
  project.write('plan.yaml', `name: bereft\nsteps:\n  - { id: a, sandbox: required, run: 'sleep 7656.1 & ${waiting}' }`)
  const first = await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  const folder = project.path('.orchd/runs', String(id), 'a/1')
  await until('its process is noted', () => existsSync(folder) && readdirSync(folder).includes('process'))
  first.child.kill('SIGKILL')
  await first.ended
  process.kill(Number(readlinkSync(`${folder}/claim`).split(' ')[0]), 'SIGKILL')
  await project.daemon()
  expect(withCommand('sleep\u00007656.1')).toBe(1)
  await project.orchd('cancel', String(id))
  await until('the run is over', async () => (await project.json('status', String(id)))['status'] === 'cancelled')
  await until('nothing is left', () => withCommand('7656.1') === 0)
})

test('a step that is cancelled may tidy up, and then nothing of it is left', async () => {
  await using project = new Project()
  const script = `trap 'echo tidy > tidied; exit 3' TERM; setsid env -i sleep 7654.1 & echo begun > begun; sleep 7654.1 & wait`
  project.write('plan.yaml', `name: tidy\nsteps:\n  - { id: a, sandbox: required, run: "${script}" }`)
  await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  await until('the step has begun', () => existsSync(project.path('begun')) && withCommand('7654.1') >= 2)
  await project.orchd('cancel', String(id))
  await until('the run is over', async () => (await project.json('status', String(id)))['status'] === 'cancelled')
  expect(project.read('tidied')).toBe('tidy\n')
  expect(withCommand('sleep\u00007654.1')).toBe(0)
})

test('when its wrapper is killed, the kernel ends the sandbox, also what hid in a session of its own', async () => {
  await using project = new Project()
  const script = `setsid env -i sleep 7654.2 & setsid env -i sleep 7654.2 & echo begun > begun; wait`
  project.write('plan.yaml', `name: killed\nsteps:\n  - { id: a, permissions: { network: restricted, hosts: [example.org] }, run: "${script}" }`) // prettier-ignore
  await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  await until('the step has begun', () => existsSync(project.path('begun')) && withCommand('sleep\u00007654.2') === 2)
  const noted = project.path('.orchd/runs', String(id), 'a/1/process')
  await until('its process is noted', () => existsSync(noted.replace(/process$/, '')) && readdirSync(noted.replace(/process$/, '')).includes('process')) // prettier-ignore
  process.kill(Number(readlinkSync(noted).split(' ')[0]), 'SIGKILL')
  await until('the run is over', async () => (await project.json('status', String(id)))['status'] === 'failed')
  expect(stepsOf(await project.json('status', String(id)))['a']).toMatchObject({ outcome: 'failure', cause: 'crashed' })
  await until('nothing is left', () => withCommand('7654.2') === 0 && withCommand('network.pl') === 0)
})

test('many processes at once end with their step', async () => {
  await using project = new Project()
  const script = 'for i in $(seq 150); do setsid env -i sleep 7654.3 & done; wait'
  const steps = await run(project, `name: many\nsteps:\n  - { id: a, sandbox: required, timeout: 4s, run: "trap : TERM; ${script}; ${script}" }`) // prettier-ignore
  expect(steps['a']).toMatchObject({ outcome: 'timeout' })
  expect(withCommand('sleep\u00007654.3')).toBe(0)
})

test('a secret of the step is in its environment, and in no command line', async () => {
  await using project = new Project({ DEPLOY_TOKEN: 'hush-hush-hush-9917' })
  project.write('plan.yaml', `name: secret\nsecrets: [DEPLOY_TOKEN]\nsteps:\n  - { id: a, sandbox: required, secrets: [DEPLOY_TOKEN], run: '${waiting}; echo "n=\${#DEPLOY_TOKEN}" >> "$ORCHD_OUTPUT"' }`) // prettier-ignore
  const { ended } = project.start(['run', 'plan.yaml', '--json'])
  await until('the step has begun', () => existsSync(project.path('begun')))
  expect(withCommand('wrapper.pl')).toBeGreaterThan(0)
  expect(withCommand('hush-hush-hush-9917')).toBe(0)
  project.write('go', '')
  const { stdout } = await ended
  expect(stepsOf(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''))['a']?.outputs).toEqual({ n: '19' })
})
