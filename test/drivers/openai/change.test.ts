import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { change } from '../../../src/agents/openai/patch/change.ts'
import { Files } from '../../../src/agents/openai/patch/files.ts'
import { operationOf } from '../../../src/agents/openai/patch/operation.ts'

let folder: string
let root: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchd-patch-'))
  root = join(folder, 'workspace')
  mkdirSync(join(root, 'src'), { recursive: true })
  writeFileSync(join(folder, 'outside.txt'), 'out\n')
  writeFileSync(join(root, 'src/a.txt'), 'one\ntwo\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const files = new Files(
  { prefix: [], env: { PATH: process.env['PATH'] ?? '' }, folder: '/' },
  new AbortController().signal,
)
const read = (name: string): string => readFileSync(join(root, name), 'utf8')
const oneToTen = '@@\n-one\n+ten'

describe('operations', () => {
  test('make, change and remove a file', async () => {
    expect(await change(root, { type: 'create_file', path: 'new/deep/b.txt', diff: '+b' }, files)).toEqual({
      ok: true,
      value: 'created new/deep/b.txt',
    })
    expect(read('new/deep/b.txt')).toBe('b\n')
    expect(await change(root, { type: 'update_file', path: 'src/a.txt', diff: oneToTen }, files)).toEqual({
      ok: true,
      value: 'updated src/a.txt',
    })
    expect(read('src/a.txt')).toBe('ten\ntwo\n')
    expect(await change(root, { type: 'delete_file', path: './src//a.txt' }, files)).toEqual({
      ok: true,
      value: 'deleted ./src//a.txt',
    })
    expect(readdirSync(join(root, 'src'))).toEqual([])
    expect(readdirSync(join(root, 'new/deep'))).toEqual(['b.txt'])
  })

  test('keep the mode of a file', async () => {
    chmodSync(join(root, 'src/a.txt'), 0o775)
    await change(root, { type: 'update_file', path: 'src/a.txt', diff: oneToTen }, files)
    expect(statSync(join(root, 'src/a.txt')).mode & 0o777).toBe(0o775)
  })

  test('leave everything as it was when one hunk does not fit', async () => {
    const diff = `${oneToTen}\n@@\n-three\n+four`
    expect(await change(root, { type: 'update_file', path: 'src/a.txt', diff }, files)).toEqual({
      ok: false,
      error: 'the diff does not fit src/a.txt: these lines are not in the file below line 1:\nthree',
    })
    expect(read('src/a.txt')).toBe('one\ntwo\n')
    expect(readdirSync(join(root, 'src'))).toEqual(['a.txt'])
  })

  test('follow links that stay in the workspace, and remove only the link', async () => {
    symlinkSync('src/a.txt', join(root, 'link.txt'))
    await change(root, { type: 'update_file', path: 'link.txt', diff: oneToTen }, files)
    expect(read('src/a.txt')).toBe('ten\ntwo\n')
    expect(lstatSync(join(root, 'link.txt')).isSymbolicLink()).toBe(true)
    await change(root, { type: 'delete_file', path: 'link.txt' }, files)
    expect([existsSync(join(root, 'link.txt')), read('src/a.txt')]).toEqual([false, 'ten\ntwo\n'])
  })

  test('are refused where there is no text to change', async () => {
    writeFileSync(join(root, 'image'), Buffer.from([0xff, 0xfe, 0x0a]))
    writeFileSync(join(root, 'large'), Buffer.alloc(9 << 20))
    execFileSync('mkfifo', [join(root, 'fifo')])
    const updated = (path: string) => change(root, { type: 'update_file', path, diff: oneToTen }, files)
    expect(await Promise.all(['image', 'large', 'fifo', 'src', 'none'].map(updated))).toEqual(
      [
        'image is no text in UTF-8',
        'large is too large to be patched (9437184 bytes)',
        'fifo is no regular file',
        'src is no regular file',
        'there is no file none',
      ].map((error) => ({ ok: false, error })),
    )
    expect(await change(root, { type: 'create_file', path: 'src/a.txt', diff: '+x' }, files)).toEqual({
      ok: false,
      error: 'src/a.txt is there already: use update_file, or delete_file first',
    })
  })
})

describe('a path', () => {
  const paths = [
    ['/etc/passwd', '/etc/passwd is absolute: name it relative to the workspace'],
    ['../outside.txt', '../outside.txt has .. in it: name it relative to the workspace'],
    ['src/../../outside.txt', 'src/../../outside.txt has .. in it: name it relative to the workspace'],
    ['', 'the path is empty or has a NUL in it'],
    ['a\0b', 'the path is empty or has a NUL in it'],
    ['src/', 'src/ names a folder'],
    ['.', '. is the workspace itself'],
    ['out/outside.txt', 'out/outside.txt leads out of the workspace'],
    ['out/new.txt', 'out/new.txt leads out of the workspace'],
    ['out/new/new.txt', 'out/new/new.txt leads out of the workspace'],
    ['direct.txt', 'direct.txt leads out of the workspace'],
    ['dangling.txt', 'dangling.txt is a symbolic link that leads nowhere'],
    ['round', 'round is a symbolic link that leads nowhere'],
    ['src/a.txt/b', 'src/a.txt/b lies below something that is no folder'],
    ['.git/hooks/pre-commit', ".git/hooks/pre-commit is git's own, which no patch may change"],
    ['src/.GIT/config', "src/.GIT/config is git's own, which no patch may change"],
    ['.git', ".git is git's own, which no patch may change"],
    ['git/config', "git/config is git's own, which no patch may change"],
  ] as const

  test.each(paths)('%j is refused, for whatever operation', async (path, error) => {
    mkdirSync(join(root, '.git/hooks'), { recursive: true })
    writeFileSync(join(root, '.git/config'), 'one\n')
    symlinkSync('..', join(root, 'out'))
    symlinkSync('../outside.txt', join(root, 'direct.txt'))
    symlinkSync('../nowhere.txt', join(root, 'dangling.txt'))
    symlinkSync('round', join(root, 'round'))
    symlinkSync('.git', join(root, 'git'))
    expect(await change(root, { type: 'create_file', path, diff: '+x' }, files)).toEqual({ ok: false, error })
    expect(await change(root, { type: 'update_file', path, diff: '@@\n-out\n+in' }, files)).toEqual({
      ok: false,
      error,
    })
    expect(await change(root, { type: 'delete_file', path }, files)).toEqual({ ok: false, error })
    expect([readdirSync(folder).toSorted(), readFileSync(join(folder, 'outside.txt'), 'utf8')]).toEqual([
      ['outside.txt', 'workspace'],
      'out\n',
    ])
  })

  test('of whatever words never leads out', async () => {
    symlinkSync('../..', join(root, 'src/up'))
    const word = fc.constantFrom('..', '.', '', 'src', 'up', 'a.txt', 'outside.txt', '.git', '\0', 'new')
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 6 }),
        fc.constantFrom('create_file', 'update_file', 'delete_file'),
        async (words, type) => {
          await change(root, { type, path: words.join('/'), diff: '+x' }, files)
          expect([readdirSync(folder).toSorted(), readFileSync(join(folder, 'outside.txt'), 'utf8')]).toEqual([
            ['outside.txt', 'workspace'],
            'out\n',
          ])
          expect(existsSync(join(root, '.git'))).toBe(false)
        },
      ),
      { numRuns: 100 },
    )
  })
})

test.each([
  [null, 'the operation is no object'],
  [{ type: 'create_file', diff: '' }, 'the operation has no path'],
  [{ type: 'update_file', path: 'a' }, 'the operation has no diff'],
  [
    { type: 'rename_file', path: 'a' },
    'the operation\'s type must be create_file, update_file or delete_file, not "rename_file"',
  ],
])('%j is no operation', (value, error) => {
  expect(operationOf(value)).toEqual({ ok: false, error })
})
