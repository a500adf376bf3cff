import { describe, expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import { publish, type Published } from '../../src/workspace/publish.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { TestRepository } from './repository.ts'

const run = runId('r00000000000000')

/** A commit of its own on top of the first one, as a run that is taken up again leaves it. */
function resultOf(repository: TestRepository, text: string): string {
  repository.git('checkout', '--quiet', '--detach', 'main')
  return repository.commit({ 'a.txt': text }, text)
}

async function published(repository: TestRepository, commit: string, branch = 'result'): Promise<Published> {
  const context = { gitDir: `${repository.tree}/.git`, author: { name: 'Ada', email: 'ada@example.org' } }
  const opened = await openRepository(repository.stateFolder, context)
  return publish(opened, { branch, base: repository.git('rev-parse', 'main') }, run, commit)
}

describe('a result', () => {
  test('of a run that was taken up again gets a branch each time, and the same one when it is asked for twice', async () => {
    using repository = new TestRepository()
    const results = ['one', 'two', 'three', 'four'].map((text) => resultOf(repository, text))
    const branches = ['result', `result-${run}`, `result-${run}-2`, `result-${run}-3`]
    for (const [at, commit] of results.entries())
      for (const _ of ['first', 'again'])
        expect(await published(repository, commit)).toMatchObject({ branch: branches[at] })
    expect(branches.map((branch) => repository.git('rev-parse', branch))).toEqual(results)
  })

  test('moves a branch that it holds, and leaves one that is checked out', async () => {
    using repository = new TestRepository()
    repository.git('branch', 'result')
    const commit = resultOf(repository, 'one')
    expect(await published(repository, commit)).toEqual({ branch: 'result', note: null })
    expect(repository.git('rev-parse', 'result')).toBe(commit)
    repository.git('checkout', '--quiet', 'main')
    expect(await published(repository, commit, 'main')).toEqual({
      branch: `main-${run}`,
      note: `the result is on "main-${run}": "main" is checked out`,
    })
  })
})
