import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository, type Repository } from '../../src/workspace/repository.ts'
import { withLocks } from '../../src/workspace/locks.ts'
import { TestRepository } from './repository.ts'

const author = { name: 'Ada', email: 'ada@example.org' }

/** The lock of a git that was killed a minute ago. */
function leaveLock(repository: TestRepository, ref: string, text: string): string {
  const lock = join(repository.tree, '.git', `${ref}.lock`)
  mkdirSync(dirname(lock), { recursive: true })
  writeFileSync(lock, text)
  const at = Date.now() / 1000 - 60
  utimesSync(lock, at, at)
  return lock
}

async function write(repository: TestRepository, ref: string, commit: string, patienceMs = 10_000): Promise<number> {
  const opened: Repository = await openRepository(repository.stateFolder, {
    gitDir: join(repository.tree, '.git'),
    author,
  })
  const update = () => opened.main(['update-ref', ref, commit], { codes: [0, 128] })
  const { exitCode } = await withLocks(opened, [ref], commit, update, patienceMs)
  return exitCode
}

test('the lock that a killed git left of a ref of ours is taken away', async () => {
  using repository = new TestRepository()
  const head = repository.git('rev-parse', 'HEAD')
  leaveLock(repository, 'refs/orchd/r1/api', '')
  expect(await write(repository, 'refs/orchd/r1/api', head)).toBe(0)
  expect(repository.git('rev-parse', 'refs/orchd/r1/api')).toBe(head)
})

test('the lock of a branch is taken away when it holds the very value that is to be written', async () => {
  using repository = new TestRepository()
  const head = repository.git('rev-parse', 'HEAD')
  leaveLock(repository, 'refs/heads/result', `${head}\n`)
  expect(await write(repository, 'refs/heads/result', head)).toBe(0)
})

test('an empty lock of a branch is that of a git that died, and taken away', async () => {
  using repository = new TestRepository()
  leaveLock(repository, 'refs/heads/result', '')
  expect(await write(repository, 'refs/heads/result', repository.git('rev-parse', 'HEAD'))).toBe(0)
})

test("somebody else's lock of a branch stays, and the branch is not written", async () => {
  using repository = new TestRepository()
  const lock = leaveLock(repository, 'refs/heads/result', `${'1'.repeat(40)}\n`)
  expect(await write(repository, 'refs/heads/result', repository.git('rev-parse', 'HEAD'), 300)).toBe(128)
  expect(existsSync(lock)).toBe(true)
})
