import { cpSync, existsSync, readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const plan = 'name: p\nsteps:\n  - { id: a, run: echo a }\n  - { id: b, run: echo b }\n'
const gated = 'name: gated\nsteps:\n  - id: ok\n    approval: {}\n'

async function withRuns(project: Project, count: number): Promise<string[]> {
  project.write('plan.yaml', plan)
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push(String((await project.json('run', 'plan.yaml'))['run_id']))
  return ids
}

async function listed(project: Project): Promise<string[]> {
  const runs: { readonly run_id: string }[] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  return runs.map(({ run_id: id }) => id)
}

const all = ['gc', '--older-than', '0s', '--keep', '0'] as const

test('gc tells and removes nothing without --yes, and young and unfinished runs stay with it', async () => {
  await using project = new Project()
  const [first = '', second = ''] = await withRuns(project, 2)
  expect(await project.orchd('gc', '--yes')).toMatchObject({
    code: 0,
    stdout: 'nothing to remove\nruns that stay: 2 among the newest 20\n',
  })
  project.write('gated.yaml', gated)
  const waiting = String((await project.json('run', 'gated.yaml', '--no-wait'))['run_id'])
  const dry = await project.orchd('gc', '--older-than', '0s', '--keep', '1')
  expect(dry.stdout).toMatch(new RegExp(`^RUN .*\\n${first} +p +success +\\S+ ago +6 `))
  expect(dry.stdout).toContain(
    'runs that stay: 1 among the newest 1, 1 not finished\nnothing is removed yet: add --yes\n',
  )
  expect(await listed(project)).toEqual([waiting, second, first])
  const report = await project.json(...all, '--yes')
  expect(report).toMatchObject({
    dry_run: false,
    runs: [{ run_id: first, files: 6, events: 5 }, { run_id: second }],
    folders: [],
    kept: { newest: 0, young: 0, unsent: 0 },
    unfinished: 1,
    stuck: [],
  })
  expect(await listed(project)).toEqual([waiting])
  expect(await project.orchd('status', first)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RUN_NOT_FOUND'),
  })
  expect((await project.orchd('approve', waiting)).code).toBe(0)
})

test('through a daemon it is the daemon that removes, and goes on running', async () => {
  await using project = new Project()
  const ids = await withRuns(project, 3)
  const daemon = await project.daemon()
  const report = await project.json(...all, '--yes')
  expect(report['runs']).toMatchObject(ids.map((id) => ({ run_id: id })))
  expect(readdirSync(project.path('.orchd/runs'))).toEqual([])
  expect(await project.json('run', 'plan.yaml')).toMatchObject({ status: 'completed' })
  daemon.child.kill('SIGTERM')
  expect((await daemon.ended).code).toBe(0)
})

test('the route is a dry run unless told otherwise, and refuses what it does not know', async () => {
  await using project = new Project()
  const [id = ''] = await withRuns(project, 1)
  await using _ = { [Symbol.asyncDispose]: async () => void daemon.child.kill('SIGKILL') }
  const daemon = await project.daemon()
  const told = await post(project, { older_than_ms: 0, keep: 0 })
  expect(told.status).toBe(200)
  expect(told.lines).toMatchObject([
    { type: 'run', run_id: id },
    { type: 'summary', dry_run: true, complete: true },
  ])
  expect(await post(project, { older: 1 })).toMatchObject({ status: 400, lines: [{ code: 'USAGE' }] })
  expect(await post(project, { keep: -1 })).toMatchObject({ status: 400, lines: [{ code: 'USAGE' }] })
  expect(await listed(project)).toEqual([id])
})

test('killed at any change, commands show what is left, and the next gc finishes', { timeout: 300_000 }, async () => {
  await using original = new Project()
  const ids = await withRuns(original, 3)
  for (let point = 1, killed = true; killed; point++) {
    await using project = new Project()
    cpSync(original.path('.orchd'), project.path('.orchd'), { recursive: true })
    const collect = ['gc', '--older-than', '0s', '--keep', '1', '--yes']
    const { signal } = await project.start(collect, { ORCHD_TEST_CRASH: `gc:${point}` }).ended
    killed = signal === 'SIGKILL'
    const shown = await Promise.all((await listed(project)).map((id) => project.orchd('status', id)))
    const { code } = await project.orchd(...collect)
    const left = { runs: await listed(project), folders: readdirSync(project.path('.orchd/runs')) }
    const kept = [ids[2]]
    expect({ point, shown: shown.filter((one) => one.code !== 0), code, left }).toEqual({
      point,
      shown: [],
      code: 0,
      left: { runs: kept, folders: kept },
    })
    expect(existsSync(project.path('.orchd/orchd.trash'))).toBe(false)
    expect(point).toBeLessThan(30)
  }
})

test('a run that is not traced yet stays until it is', async () => {
  await using project = new Project({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  const ids = await withRuns(project, 1)
  expect((await project.orchd(...all, '--yes')).stdout).toMatch(/1 not traced yet: their spans wait for the collector/)
  expect(await listed(project)).toEqual(ids)
  const off = project.start([...all, '--yes'], { OTEL_SDK_DISABLED: 'true' })
  expect((await off.ended).stdout).toMatch(/removed 1 run, /)
})

test('a database that held a lot is small afterwards', async () => {
  await using project = new Project()
  project.write(
    'wide.yaml',
    `name: wide\nsteps:\n${Array.from({ length: 400 }, (_, i) => `  - { id: s${i}, run: ":" }\n`).join('')}`,
  )
  await project.json('run', 'wide.yaml')
  const before = statSync(project.path('.orchd/orchd.db')).size
  const { database_bytes: freed } = await project.json(...all, '--yes')
  const after = statSync(project.path('.orchd/orchd.db')).size
  expect([after < 50_000, before - after]).toEqual([true, freed])
})

function post(
  project: Project,
  body: object,
): Promise<{ readonly status: number; readonly lines: readonly unknown[] }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: project.path('.orchd/orchd.sock'), path: '/api/v1/gc', method: 'POST' },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          const lines = text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
          resolve({ status: response.statusCode ?? 0, lines })
        })
      },
    )
    sent.once('error', reject)
    sent.end(JSON.stringify(body))
  })
}
