import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const untidy = 'steps: [{ run: "true", id: a }] # the steps\nname: x\n'
const tidy = 'name: x\n\nsteps: # the steps\n  - { id: a, run: "true" }\n'

function filter(project: Project, input: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['bin/orchd.js', 'fmt', ...args], {
    env: project.env,
    encoding: 'utf8',
    input,
  })
}

test('fmt rewrites what is not in style, names it, and leaves the rest alone', async () => {
  await using project = new Project()
  project.write('a.yaml', untidy)
  project.write('b.yaml', tidy)
  const before = statSync(project.path('b.yaml'))
  expect(await project.orchd('fmt', 'a.yaml', 'b.yaml')).toEqual({
    code: 0,
    signal: null,
    stdout: 'a.yaml\n',
    stderr: '1 file formatted\n',
  })
  expect([project.read('a.yaml'), project.read('b.yaml')]).toEqual([tidy, tidy])
  expect(statSync(project.path('b.yaml')).ino).toBe(before.ino)
  expect(await project.orchd('fmt', 'a.yaml', 'b.yaml')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'nothing to change in 2 files\n',
  })
})

test('--check and --diff change nothing; --check is exit 1; the diff can be given to patch', async () => {
  await using project = new Project()
  project.write('a.yaml', untidy)
  const checked = await project.orchd('fmt', '--check', 'a.yaml')
  expect(checked).toMatchObject({ code: 1, stdout: 'a.yaml\n', stderr: expect.stringContaining('would change') })
  const { code, stdout } = await project.orchd('fmt', '--diff', 'a.yaml')
  expect([code, stdout.split('\n')[0], project.read('a.yaml')]).toEqual([0, '--- a.yaml\tnow', untidy])
  project.write('a.patch', stdout)
  execFileSync('git', ['apply', '-p0', 'a.patch'], { cwd: project.folder })
  expect(project.read('a.yaml')).toBe(tidy)
  expect(await project.orchd('fmt', '--check', 'a.yaml')).toMatchObject({ code: 0, stdout: '' })
})

test('a file that cannot be read is left as it is and told with its mistakes, and the others are formatted', async () => {
  await using project = new Project()
  project.write('a.yaml', untidy)
  project.write('bad.yaml', 'name: x\nsteps: [\n')
  const { code, stdout, stderr } = await project.orchd('fmt', 'bad.yaml', 'missing.yaml', 'a.yaml')
  expect([code, stdout, project.read('a.yaml')]).toEqual([2, 'a.yaml\n', tidy])
  expect(stderr).toMatch(/bad\.yaml:3:1 {2}YAML_SYNTAX[^]*missing\.yaml:1:1 {2}FILE_UNREADABLE[^]*2 files left alone/)
  expect(project.read('bad.yaml')).toBe('name: x\nsteps: [\n')
  expect(await project.json('fmt', '--check', 'bad.yaml')).toMatchObject({
    changed: false,
    files: [{ file: 'bad.yaml', valid: false, changed: false }],
    diagnostics: [{ code: 'YAML_SYNTAX', line: 3 }],
  })
})

test('mode and link stay, and nothing else is left in the folder', async () => {
  await using project = new Project()
  project.write('plans/a.yaml', untidy)
  chmodSync(project.path('plans/a.yaml'), 0o664)
  symlinkSync('plans/a.yaml', project.path('link.yaml'))
  expect(await project.orchd('fmt', 'link.yaml')).toMatchObject({ code: 0, stdout: 'link.yaml\n' })
  expect(lstatSync(project.path('link.yaml')).isSymbolicLink()).toBe(true)
  expect(project.read('plans/a.yaml')).toBe(tidy)
  expect(statSync(project.path('plans/a.yaml')).mode & 0o7777).toBe(0o664)
  expect(readdirSync(project.path('plans'))).toEqual(['a.yaml'])
})

test('a file whose name is as long as names can be', async () => {
  await using project = new Project()
  const file = `plans/${'a'.repeat(250)}.yaml`
  project.write(file, untidy)
  expect(await project.orchd('fmt', file)).toMatchObject({ code: 0 })
  expect(readFileSync(project.path(file), 'utf8')).toBe(tidy)
})

test('a file in a folder that cannot be written is told', async () => {
  await using project = new Project()
  // The name of a process is a file in such a folder, for root too.
  const named = spawn('bash', ['-c', 'printf "name:   x" > /proc/$$/comm && echo named && read'])
  await once(named.stdout, 'data')
  const { code, stderr } = await project.orchd('fmt', `/proc/${named.pid}/comm`)
  named.stdin.end()
  expect([code, stderr]).toEqual([2, expect.stringContaining('FILE_UNWRITABLE')])
})

test('- is a filter: the formatted text or nothing', async () => {
  await using project = new Project()
  expect(filter(project, untidy, '-')).toMatchObject({ status: 0, stdout: tidy, stderr: '' })
  expect(filter(project, untidy, '-', '--check')).toMatchObject({ status: 1, stdout: 'stdin\n' })
  expect(filter(project, 'steps: [', '-')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('stdin:'),
  })
  expect(JSON.parse(filter(project, untidy, '-', '--json').stdout)).toMatchObject({ files: [{ text: tidy }] })
  expect(filter(project, untidy, '-', 'a.yaml')).toMatchObject({ status: 2, stderr: expect.stringContaining('USAGE') })
})
