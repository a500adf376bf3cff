import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import { removeMergedRefs } from '../../src/workspace/let-go.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { Random } from '../support/random.ts'
import { TestRepository } from './repository.ts'

const rounds = process.env['ORCHD_TEST_SIZE'] === 'long' ? 100 : 4
const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

test(`refs that are let go take no commit with them (seed ${seed})`, { timeout: 600_000 }, async () => {
  let removed = 0
  for (let round = 0; round < rounds; round++) removed += await play(new Random(seed + round))
  expect(removed).toBeGreaterThan(0)
})

/** A random history with branches, tags, remote branches and refs of two runs. */
async function play(random: Random): Promise<number> {
  using repository = new TestRepository()
  const commits = [repository.git('rev-parse', 'HEAD')]
  const tree = repository.git('rev-parse', 'HEAD^{tree}')
  for (let number = 0; number < 12; number++) {
    const parents = [random.pick(commits), ...(random.chance(0.3) ? [random.pick(commits)] : [])]
    const args = [...new Set(parents)].flatMap((parent) => ['-p', parent])
    commits.push(repository.git('commit-tree', tree, ...args, '-m', `${number}`))
  }
  const kinds = [
    'refs/heads/b',
    'refs/tags/t',
    'refs/remotes/origin/r',
    'refs/orchd/r1/s',
    'refs/orchd/r1/s',
    'refs/orchd/r2/s',
  ]
  for (let number = 0; number < 12; number++)
    repository.git('update-ref', `${random.pick(kinds)}${number}`, random.pick(commits))
  const reachable = (): string => repository.git('rev-list', '--all').split('\n').toSorted().join('\n')
  const others = (): string =>
    repository.git('for-each-ref', 'refs/heads', 'refs/tags', 'refs/remotes', 'refs/orchd/r2')
  const before = [reachable(), others()]
  const author = { name: 'Ada', email: 'ada@example.org' }
  const opened = await openRepository(repository.stateFolder, { gitDir: join(repository.tree, '.git'), author })
  const count = await removeMergedRefs(opened, runId('r1'))
  expect([reachable(), others()]).toEqual(before)
  return count
}
