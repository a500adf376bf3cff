import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { integrate } from '../../src/workspace/integrate.ts'
import { workspacePaths } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { step } from '../support/plans.ts'
import { attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

const body = { kind: 'integrate', onConflict: 'ask', verify: null } as const
const bytes = (value: number): string => `\0${value}`

/** Three branches that each change the same binary file, in which git can leave no marks, and attempts that merge them. */
async function threeSides(from: TestRepository) {
  const { stateFolder, tree } = from
  const base = from.git('rev-parse', 'HEAD')
  const commits = [1, 2, 3].map((value) => {
    from.git('checkout', '--quiet', '-B', `side${value}`, base)
    return from.commit({ 'a.bin': bytes(value) }, `side ${value}`)
  })
  const author = { name: 'Ada', email: 'ada@example.org' }
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const context = { ...at, author, notes: [] }
  const repository = await openRepository(stateFolder, context)
  const rest: Partial<Attempt> = { context, runId: runId('r00000000000000') }
  const run = (attempt: number, resolvedUpTo: number | null, heads = commits): Promise<AttemptResult> => {
    const spec = step('join', [], { body })
    return integrate(attemptOf({ stateFolder, spec, rest: { ...rest, attempt, resolvedUpTo, heads } }), {
      stateFolder,
      repository,
      context,
      signal: new AbortController().signal,
      perform: () => Promise.reject(new Error('nothing is to be performed')),
      placed: (one) => one,
      paid: [],
    })
  }
  const paths = workspacePaths(stateFolder, attemptOf({ stateFolder, rest }))
  return { run, commits, resolve: (value: number) => writeFileSync(join(paths.tree, 'a.bin'), bytes(value)) }
}

test('an approval holds for the conflict that was asked about, not for one that a crash left behind it', async () => {
  using repository = new TestRepository({ 'a.bin': bytes(0) })
  const { run, resolve } = await threeSides(repository)
  expect(await run(1, null)).toMatchObject({ cause: 'merge_conflict' })
  resolve(12)
  // It takes up the first, meets the second, and its result is lost: the next holder has it go on.
  for (let holder = 0; holder < 2; holder++) expect(await run(2, 1)).toMatchObject({ cause: 'merge_conflict' })
  expect(await run(3, 1)).toMatchObject({ cause: 'merge_conflict' })
  resolve(123)
  expect(await run(4, 3)).toMatchObject({ outcome: 'success' })
})

test.each([
  ['another conflict', [0, 2]],
  ['no conflict any more', [0]],
])('what a person began to resolve is kept when there is %s', async (_, sides) => {
  using repository = new TestRepository({ 'a.bin': bytes(0) })
  const { run, commits, resolve } = await threeSides(repository)
  await run(1, null)
  resolve(12)
  const heads = commits.filter((_commit, side) => sides.includes(side))
  await run(2, null, heads)
  expect(repository.git('show', 'refs/orchd/r00000000000000/one@1:a.bin')).toBe(bytes(12))
})

test('a resolution that was taken up is not kept a second time', async () => {
  using repository = new TestRepository({ 'a.bin': bytes(0) })
  const { run, resolve } = await threeSides(repository)
  await run(1, null)
  resolve(12)
  await run(2, 1) // takes up the first, meets the second
  expect(repository.git('for-each-ref', 'refs/orchd/r00000000000000/one@1')).toBe('')
})
