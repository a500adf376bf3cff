import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const quick =
  'name: quick\nsteps:\n  - id: a\n    run: echo one; echo two\n  - id: b\n    depends_on: [a]\n    run: echo three\n'
const failing =
  'name: failing\nsteps:\n  - id: bad\n    run: echo "last words"; exit 3\n  - id: after\n    depends_on: [bad]\n    run: "true"\n'
const gated =
  'name: gated\nsteps:\n  - id: ok\n    approval: { prompt: "Go on?" }\n  - id: ship\n    depends_on: [ok]\n    run: echo shipped\n'
/** Runs until `go` is there. */
const held =
  'name: held\nsteps:\n  - id: wait\n    run: echo started; until test -e go; do sleep 0.05; done\n  - id: last\n    depends_on: [wait]\n    run: echo last\n'

function lines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Starts the held plan in the foreground, and gives its run id once its first step runs. */
async function startHeld(project: Project): Promise<{ readonly id: string } & ReturnType<Project['start']>> {
  project.write('held.yaml', held)
  const holder = project.start(['run', 'held.yaml', '--json'])
  let out = ''
  holder.child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await until('the step runs', () => out.includes('"attempt_started"'))
  return { ...holder, id: String(JSON.parse(out.split('\n')[0] ?? '').run_id) }
}

test('--version is that of the package, and nothing else', async () => {
  await using project = new Project()
  expect(await project.orchd('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('an old Node is told what is wrong and what to do', async () => {
  await using project = new Project()
  const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(pretend)}`
  const { code, stderr } = await project.start(['ps'], { NODE_OPTIONS }).ended
  expect(code).toBe(2)
  expect(stderr).toMatch(/^orchd needs Node\.js 24\.12 or newer, and this is 20\.20\.2\n {2}\S/)
})

test('an orchd that is not built says how to build it', async () => {
  await using project = new Project()
  cpSync('bin', project.path('bin'), { recursive: true })
  cpSync('package.json', project.path('package.json'))
  const { status, stderr } = spawnSync(process.execPath, [project.path('bin/orchd.js'), 'ps'], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('npm run build')
})

test('no arguments show the help; a wrong command, option or argument is exit 2 with what to do', async () => {
  await using project = new Project()
  expect(await project.orchd()).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: orchd') })
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['rnu', 'x.yaml'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run'], /missing required argument 'file'\n\(orchd --help/],
    [['run', 'x.yaml', '--jsno'], /unknown option '--jsno'\n\(Did you mean --json\?\)/],
    [['run', 'x.yaml', '--input', 'novalue'], /It is written name=value/],
    [['run', 'x.yaml', '--input-file', 'name='], /It is written name=file/],
    [['run', 'x.yaml', '--priority', '101'], /from -100 to 100/],
    [['reject'], /missing required argument 'run'/],
    [['logs', 'r1', '--attempt', '2'], /--attempt is about one step\n {2}orchd logs RUN STEP/],
    [['status', 'nosuchrun'], /RUN_NOT_FOUND: .*\n {2}orchd ps lists the runs/],
    [['run', 'missing.yaml'], /FILE_UNREADABLE: .*missing\.yaml.*\n {2}\S/],
    [['explain', 'PLAN_INVALD'], /did you mean "PLAN_INVALID"\?/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await project.orchd(...args)
    expect({ args, code, stdout, stderr }).toEqual({
      args,
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    })
  }
})

test('validate checks all files, also from standard input, and a file that is not there does not stop it', async () => {
  await using project = new Project()
  project.write('good.yaml', quick)
  project.write('bad.yaml', 'name: bad\nsteps:\n  - id: a\n    run: "true"\n    depends_on: [b]\n')
  expect(await project.orchd('validate', 'good.yaml')).toMatchObject({
    code: 0,
    stdout: 'good.yaml: valid (2 steps)\n',
  })
  const { code, stdout } = await project.orchd('validate', 'good.yaml', 'none.yaml', 'bad.yaml', '--json')
  const report = JSON.parse(stdout)
  expect([code, report.valid, report.files]).toEqual([
    2,
    false,
    [
      { file: 'good.yaml', valid: true },
      { file: 'none.yaml', valid: false },
      { file: 'bad.yaml', valid: false },
    ],
  ])
  expect(report.diagnostics[0]).toMatchObject({
    code: 'FILE_UNREADABLE',
    severity: 'error',
    file: 'none.yaml',
    line: 1,
  })
  expect(report.diagnostics[1]).toMatchObject({ severity: 'error', file: 'bad.yaml', line: 5, column: 18 })
  const piped = spawnSync(
    'sh',
    ['-c', `cat good.yaml | "${process.execPath}" "${process.cwd()}/bin/orchd.js" validate -`],
    {
      cwd: project.folder,
      encoding: 'utf8',
    },
  )
  expect([piped.status, piped.stdout]).toEqual([0, 'stdin: valid (2 steps)\n'])
})

test('run --json is events a line, each with seq, at, run_id and type, and the response last', async () => {
  await using project = new Project()
  project.write('quick.yaml', quick)
  const { code, stdout } = await project.orchd('run', 'quick.yaml', '--json')
  const all = lines(stdout)
  const response = all.at(-1)
  expect(code).toBe(0)
  expect(response).toMatchObject({ type: 'response', plan: 'quick', status: 'completed', outcome: 'success' })
  for (const event of all.slice(0, -1)) {
    expect(Object.keys(event).slice(0, 4)).toEqual(['seq', 'at', 'run_id', 'type'])
    expect(event['run_id']).toBe(response?.['run_id'])
    expect(event['at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  }
  expect(all[0]).toMatchObject({ type: 'run_submitted', plan: 'quick', source: { project_folder: expect.any(String) } })
  expect(all.at(-2)).toMatchObject({ type: 'run_finished', outcome: 'success' })
  expect(stdout).not.toMatch(/"[a-z]+[A-Z]\w*":/)
})

test('without a terminal progress is plain lines on standard error, and the summary is on standard output', async () => {
  await using project = new Project({ FORCE_COLOR: '', NO_COLOR: '' })
  project.write('failing.yaml', failing)
  const { code, stdout, stderr } = await project.orchd('run', 'failing.yaml')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^\[ +\S+\] bad: failure \(exit_nonzero\): /m)
  expect(stdout).toMatch(/^failing failed \(exit_nonzero\) in \S+: 1 failed, 1 skipped {2}run r\w{14}\n/)
  expect(stdout).toContain('│ last words')
  expect(stdout).toMatch(/orchd logs r\w{14} bad/)
  expect(stdout + stderr).not.toContain('\u001b')
})

test('an invalid plan is not run: exit 2, diagnostics on standard error, and data with --json', async () => {
  await using project = new Project()
  project.write('bad.yaml', 'name: bad\nsteps:\n  - id: a\n    rum: "true"\n')
  const { code, stdout, stderr } = await project.orchd('run', 'bad.yaml', '--json')
  expect(code).toBe(2)
  expect(stderr).toMatch(/bad\.yaml:\d+:\d+/)
  expect(JSON.parse(stdout)).toMatchObject({
    type: 'error',
    code: 'PLAN_INVALID',
    diagnostics: [{ file: 'bad.yaml' }],
  })
  expect(JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)).toEqual([])
})

test('a gate: --no-wait is exit 6, approve takes a beginning of the id and goes on, reject is exit 3', async () => {
  await using project = new Project()
  project.write('gated.yaml', gated)
  const waiting = await project.orchd('run', 'gated.yaml', '--no-wait')
  const id = /run (r\w{14})/.exec(waiting.stdout)?.[1] ?? ''
  expect(waiting.code).toBe(6)
  expect(waiting.stdout).toContain(`orchd approve ${id} ok`)
  expect(await project.orchd('explain', id, 'ship')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('waits for ok'),
  })
  expect(await project.orchd('approve', id, 'ship')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('GATE_NOT_OPEN'),
  })
  expect(await project.orchd('approve', id.slice(0, 14))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('gated completed'),
  })
  expect(await project.orchd('approve', id)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`no gate of run ${id} is open`),
  })

  const again = (await project.json('run', 'gated.yaml', '--no-wait'))['run_id']
  const rejected = await project.orchd('reject', String(again), '-m', 'not today')
  expect([rejected.code, rejected.stderr]).toEqual([3, expect.stringContaining('not today')])
})

test('--detach prints the run id, and other commands see the run', async () => {
  await using project = new Project()
  project.write('held.yaml', held)
  const detached = await project.orchd('run', 'held.yaml', '--detach', '--json')
  const { run_id: id, ...rest } = JSON.parse(detached.stdout)
  expect([detached.code, rest]).toEqual([0, {}])
  const following = project.start(['logs', '-f', id])
  await until('the step runs', async () => (await project.orchd('logs', id, 'wait')).stdout === 'started\n')
  expect(JSON.parse((await project.orchd('ps', '--json')).stdout)).toMatchObject([{ run_id: id, status: 'running' }])
  const follower = project.start(['resume', id])
  project.write('go', '')
  expect(await follower.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('held completed') })
  expect(await following.ended).toMatchObject({ code: 0, stdout: 'wait │ started\nlast │ last\n' })
  expect(await project.orchd('status', id)).toMatchObject({ code: 0, stdout: expect.stringMatching(/ ✓ wait /) })
})

test('Ctrl-C in the foreground holder cancels the run: exit 130', async () => {
  await using project = new Project()
  const { child, ended, id } = await startHeld(project)
  child.kill('SIGINT')
  const { code, stdout } = await ended
  expect([code, lines(stdout).at(-1)]).toEqual([130, expect.objectContaining({ status: 'cancelled' })])
  expect(await project.json('status', id)).toMatchObject({ status: 'cancelled' })
})

test('Ctrl-C in a command that only follows leaves the run alone, and says how to end it', async () => {
  await using project = new Project()
  const { ended, id } = await startHeld(project)
  const follower = project.start(['resume', id])
  let said = ''
  follower.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  project.write('second.yaml', quick)
  // It follows once it can be seen to: its own signal handlers are set before its first line.
  const second = await project.orchd('run', 'second.yaml', '--json')
  expect(second.code).toBe(0)
  await until('it listens to signals', () => signalsCaught(follower.child.pid))
  follower.child.kill('SIGINT')
  expect(await follower.ended).toMatchObject({ code: 130 })
  expect(said).toContain(`orchd cancel ${id}`)
  project.write('go', '')
  expect(await ended).toMatchObject({ code: 0 })
})

/** Whether a command handles signals: bit 0 of the mask is SIGHUP, the last that it takes on, and none of Node's own. */
function signalsCaught(pid: number | undefined): boolean {
  const mask = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return (BigInt(`0x${mask}`) & 1n) !== 0n
}

test('TERM in the foreground holder lets the steps go on, and resume goes on with the run', async () => {
  await using project = new Project()
  const { child, ended, id } = await startHeld(project)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  expect([code, stderr]).toEqual([75, expect.stringContaining(`orchd resume ${id}`)])
  expect(project.processes().length).toBeGreaterThan(0)
  const resumed = project.start(['resume', '--json'])
  project.write('go', '')
  const { code: end, stdout } = await resumed.ended
  expect([end, lines(stdout).at(-1)]).toEqual([0, expect.objectContaining({ run_id: id, status: 'completed' })])
  expect((await project.json('status', id))['steps']).toMatchObject([{ id: 'wait', attempts: 1 }, { id: 'last' }])
})

test('when the holder is killed, a command that follows takes its place', async () => {
  await using project = new Project()
  const { child, ended, id } = await startHeld(project)
  const follower = project.start(['resume', id, '--json'])
  await until('it listens to signals', () => signalsCaught(follower.child.pid))
  child.kill('SIGKILL')
  await ended
  project.write('go', '')
  const { code, stdout } = await follower.ended
  expect([code, lines(stdout).at(-1)]).toEqual([0, expect.objectContaining({ status: 'completed' })])
})

test('a reader that goes away ends a command quietly', async () => {
  await using project = new Project()
  project.write('quick.yaml', quick)
  for (const command of ['ps --all --json', 'run quick.yaml --json', '--help', 'run quick.yaml 2>&1']) {
    const pipe = `"${process.execPath}" "${process.cwd()}/bin/orchd.js" ${command} | head -c 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', pipe], { cwd: project.folder, encoding: 'utf8' })
    const noise = /^(?:\[|took up|\d+ finished).*\n/gm
    expect({ command, code: stdout.slice(1), stderr: stderr.replaceAll(noise, '') }).toEqual({
      command,
      code: '0\n',
      stderr: '',
    })
  }
})

test('what a step prints reaches a pipe as it is, and with --json as text', async () => {
  await using project = new Project()
  project.write('loud.yaml', "name: loud\nsteps:\n  - id: a\n    run: printf 'x\\033]0;title\\007\\033[31mred\\n'\n")
  const id = String((await project.json('run', 'loud.yaml'))['run_id'])
  expect((await project.orchd('logs', id, 'a')).stdout).toBe('x\u001b]0;title\u0007\u001b[31mred\n')
  expect(lines((await project.orchd('logs', id, '--json')).stdout)).toEqual([{ run_id: id, step: 'a', text: 'xred' }])
})

test('explain tells what a code means, trace gives the trace id', async () => {
  await using project = new Project()
  expect(await project.orchd('explain', 'STATE_BUSY')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('exit code 75'),
  })
  project.write('quick.yaml', quick)
  const id = String((await project.json('run', 'quick.yaml'))['run_id'])
  expect(await project.json('trace', id)).toMatchObject({
    run_id: id,
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test('demo runs the example plan in a folder of its own', async () => {
  await using project = new Project()
  const { code, stdout, stderr } = await project.orchd('demo')
  expect([code, stdout]).toEqual([0, expect.stringContaining('hello completed')])
  expect(stderr).toMatch(/the plan and its state are in \S*orchd-demo-/)
})
