import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { RunContext } from '../../src/run/change.ts'
import { sharedPaths } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { takeOver } from '../../src/workspace/shared.ts'
import { snapshot } from '../../src/workspace/snapshot.ts'
import { attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

const run = runId('r00000000000000')

/** What the next step of a run finds that begins with `next`, when one that began with `first` has done its work there. */
async function foundAfter(
  { stateFolder, ...from }: TestRepository,
  { first, next }: { readonly first: string; readonly next: string },
  work: (tree: string) => void,
  counts = true,
): Promise<string> {
  const context: RunContext = {
    gitDir: join(from.tree, '.git'),
    workTree: from.tree,
    prefix: '',
    base: first,
    baseName: 'HEAD',
    branch: null,
    author: { name: 'Ada', email: 'ada@example.org' },
    notes: [],
  }
  const repository = await openRepository(stateFolder, context)
  const paths = sharedPaths(stateFolder, run)
  const attempt = attemptOf({ stateFolder, rest: { context, runId: run } })
  const { signal } = new AbortController()
  await takeOver(repository, attempt, first, paths, signal)
  work(paths.tree)
  await snapshot(repository, attempt, paths, { base: first, session: null, counts, now: Date.now() })
  await takeOver(repository, { ...attempt, attempt: attempt.attempt + 1 }, next, paths, signal)
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: paths.tree, encoding: 'utf8' })).toBe('')
  return paths.tree
}

const names = (folder: string): readonly string[] => readdirSync(folder).toSorted()

test('what was done there is gone, and what git ignores is there still', async () => {
  using from = new TestRepository({ '.gitignore': 'built/\n', 'a.txt': 'a\n', 'd/b.txt': 'b\n', 'd/c.txt': 'c\n' })
  const first = from.git('rev-parse', 'HEAD')
  const next = from.commit({ 'e/new.txt': 'new\n', 'a.txt': 'A\n' }, 'next')
  const tree = await foundAfter(from, { first, next }, (at) => {
    mkdirSync(join(at, 'built'))
    writeFileSync(join(at, 'built/kept'), 'kept\n')
    writeFileSync(join(at, 'd/b.txt'), 'B\n') // as long as it was, in the same second
    rmSync(join(at, 'd/c.txt'))
    writeFileSync(join(at, 'e'), 'a file where a folder will be')
    execFileSync('git', ['init', '--quiet', join(at, 'inner')])
    writeFileSync(join(at, 'inner/x'), 'x\n')
  })
  expect(names(tree)).toEqual(['.git', '.gitignore', 'a.txt', 'built', 'd', 'e'])
  expect(['a.txt', 'd/b.txt', 'd/c.txt', 'e/new.txt', 'built/kept'].map((file) => readFileSync(join(tree, file), 'utf8'))).toEqual(['A\n', 'b\n', 'c\n', 'new\n', 'kept\n']) // prettier-ignore
})

test('what only the work itself ignored does not become the change of the next step', async () => {
  using from = new TestRepository({ 'a.txt': 'a\n' })
  const first = from.git('rev-parse', 'HEAD')
  const tree = await foundAfter(from, { first, next: first }, (at) => {
    writeFileSync(join(at, '.gitignore'), 'built\n')
    writeFileSync(join(at, 'built'), 'x\n')
  })
  expect(names(tree)).toEqual(['.git', 'a.txt'])
})

test('what is ignored gives way to what the next step begins with', async () => {
  using from = new TestRepository({ '.gitignore': 'later\nfolder\nbuilt\n', 'a.txt': 'a\n' })
  const first = from.git('rev-parse', 'HEAD')
  from.write('later/b.txt', 'b\n')
  from.write('folder', 'a file\n')
  from.git('add', '--force', 'later', 'folder')
  from.git('commit', '--quiet', '--message=next')
  const tree = await foundAfter(from, { first, next: from.git('rev-parse', 'HEAD') }, (at) => {
    writeFileSync(join(at, 'later'), 'x\n')
    mkdirSync(join(at, 'folder/deep'), { recursive: true })
    writeFileSync(join(at, 'folder/deep/x'), 'x\n')
  })
  expect(readFileSync(join(tree, 'later/b.txt'), 'utf8')).toBe('b\n')
  expect(readFileSync(join(tree, 'folder'), 'utf8')).toBe('a file\n')
})

test('ignored files that steer agents do not stay for the next one, others do', async () => {
  const ignored = [
    '.claude/settings.local.json',
    'CLAUDE.local.md',
    '.mcp.json',
    '.codex/',
    'app/.cursor/',
    'built/',
    '.cursor',
  ]
  using from = new TestRepository({
    '.gitignore': ignored.join('\n'),
    'app/a.txt': 'a\n',
    '.claude/settings.json': '{}\n',
  })
  const first = from.git('rev-parse', 'HEAD')
  const tree = await foundAfter(from, { first, next: first }, (at) => {
    for (const folder of ['.codex', 'app/.cursor', 'built/.claude']) mkdirSync(join(at, folder), { recursive: true })
    for (const file of [...ignored.slice(0, 3), '.codex/config.toml', 'app/.cursor/cli.json', 'app/.Mcp.json'])
      writeFileSync(join(at, file), 'x\n')
    writeFileSync(join(at, 'built/.claude/x'), 'x\n')
    symlinkSync('built/.claude', join(at, '.cursor'))
  })
  expect(names(tree)).toEqual(['.claude', '.git', '.gitignore', 'app', 'built'])
  expect(names(join(tree, '.claude'))).toEqual(['settings.json'])
  expect(names(join(tree, 'app'))).toEqual(['a.txt'])
})

const leaveHalf = (tree: string): void => writeFileSync(join(tree, 'built'), 'half\n')

test('it is made anew when the attempt before did not succeed', async () => {
  using from = new TestRepository({ '.gitignore': 'built\n', 'a.txt': 'a\n' })
  const first = from.git('rev-parse', 'HEAD')
  const tree = await foundAfter(from, { first, next: first }, leaveHalf, false)
  expect(names(tree)).toEqual(['.git', '.gitignore', 'a.txt'])
})

test('what the work left in its repository and beside it makes nobody run anything or write elsewhere', async () => {
  using from = new TestRepository({ 'd/b.txt': 'b\n' })
  const first = from.git('rev-parse', 'HEAD')
  const next = from.commit({ 'd/b.txt': 'next\n', 'd/c.txt': 'c\n', '.gitattributes': '* filter=evil\n' }, 'next')
  const outside = join(from.stateFolder, '..', 'outside')
  mkdirSync(outside)
  const ran = join(outside, 'ran')
  const tree = await foundAfter(from, { first, next }, (at) => {
    renameSync(join(at, 'd'), join(at, 'moved'))
    symlinkSync(outside, join(at, 'd'))
    const hook = join(at, '.git/hooks/post-checkout')
    mkdirSync(join(at, '.git/hooks'), { recursive: true })
    writeFileSync(hook, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
    for (const [key, value] of [
      ['core.fsmonitor', hook],
      ['filter.evil.smudge', hook],
      ['filter.evil.clean', hook],
      ['core.worktree', outside],
    ])
      execFileSync('git', ['config', '--file', join(at, '.git/config'), String(key), String(value)])
  })
  expect(names(outside)).toEqual([])
  expect(readFileSync(join(tree, 'd/b.txt'), 'utf8')).toBe('next\n')
  expect(names(tree)).toEqual(['.git', '.gitattributes', 'd'])
  expect(existsSync(join(tree, '.git/hooks'))).toBe(false)
})
