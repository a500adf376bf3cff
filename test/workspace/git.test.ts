import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { git } from '../../src/workspace/git.ts'
import { TestRepository } from './repository.ts'

test('a git that takes too long is ended, and the error says so', async () => {
  using repository = new TestRepository()
  const pipe = join(repository.folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reading = git(['-c', 'a.b=c', 'hash-object', pipe], { timeoutMs: 300 })
  await expect(reading).rejects.toThrow(`git hash-object ${pipe}: exit code -1: it took longer than 300 ms`)
})
