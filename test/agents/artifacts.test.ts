import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRedactor } from '../../src/base/redact.ts'
import { keepArtifacts, type Kept } from '../../src/agents/artifacts.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchd-artifacts-'))
  mkdirSync(join(folder, 'root'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, 'root', path)), { recursive: true })
  writeFileSync(join(folder, 'root', path), text)
}

const redactor = createRedactor(['hidden-value'])
const keep = (...globs: string[]): Promise<Kept> =>
  keepArtifacts(join(folder, 'root'), join(folder, 'attempt'), globs, redactor)
const pathsOf = ({ artifacts }: Kept): string[] => artifacts.map(({ path }) => path)

test('what the globs name is copied, with its size and hash', async () => {
  write('coverage/index.html', '<html>')
  write('coverage/deep/er.json', '{}')
  write('src/main.ts', 'x')
  const kept = await keep('coverage/**')
  expect(pathsOf(kept)).toEqual(['coverage/deep/er.json', 'coverage/index.html'])
  const sha256 = createHash('sha256').update('<html>').digest('hex')
  expect(kept.artifacts[1]).toEqual({ path: 'coverage/index.html', sizeBytes: 6, sha256 })
  expect(readFileSync(join(folder, 'attempt/artifacts/coverage/index.html'), 'utf8')).toBe('<html>')
  expect(kept).toMatchObject({ notes: [], cut: false })
})

test('a file with a secret in its name is not kept, and nothing tells the name', async () => {
  write('logs/a.log', 'a')
  write('logs/hidden-value.log', 'b')
  const kept = await keep('logs/*')
  expect(pathsOf(kept)).toEqual(['logs/a.log'])
  expect(kept).toMatchObject({ notes: ['artifacts: 1 with a secret in the name: not kept'], cut: false })
  expect(readdirSync(join(folder, 'attempt/artifacts/logs'))).toEqual(['a.log'])
})

test('a glob that matches nothing is told, and does no harm to the others', async () => {
  write('a.log', 'a')
  const kept = await keep('*.log', 'b/*.xml')
  expect(pathsOf(kept)).toEqual(['a.log'])
  expect(kept.notes).toEqual(['artifacts: nothing matches "b/*.xml"'])
})

test('links are not followed, neither as files nor as folders', async () => {
  writeFileSync(join(folder, 'secret.txt'), 'not to be kept')
  mkdirSync(join(folder, 'elsewhere'))
  writeFileSync(join(folder, 'elsewhere/x.txt'), 'not to be kept')
  write('out/own.txt', 'own')
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'root/out/link.txt'))
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'root/out/sub'))
  expect(pathsOf(await keep('out/**', 'out/sub/*.txt'))).toEqual(['out/own.txt'])
})

test('fifos and what belongs to git or orchd are left alone', async () => {
  write('.git/config', 'x')
  write('.orchd/orchd.db', 'x')
  write('.hidden/file', 'x')
  execFileSync('mkfifo', [join(folder, 'root/pipe')])
  expect(pathsOf(await keep('**'))).toEqual(['.hidden/file'])
})

test('more files than are kept are cut, and said so', async () => {
  for (let i = 0; i < 1001; i++) write(`many/${i}.txt`, '')
  const kept = await keep('many/*')
  expect(kept.artifacts).toHaveLength(1000)
  expect(kept.cut).toBe(true)
  expect(kept.notes).toEqual(['artifacts: more than 1000 files or 1 GiB match; the rest is not kept'])
})
