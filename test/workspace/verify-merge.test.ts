import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { mergeRef } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { ownResult } from '../../src/workspace/result.ts'
import { verifyMerge } from '../../src/workspace/verify-merge.ts'
import { attemptOf } from '../agents/attempt.ts'
import { step } from '../support/plans.ts'
import { TestRepository } from './repository.ts'

type Files = { readonly [path: string]: string }
/** The changes of a step and of those that it depends on, in their order. */
type Chain = readonly (readonly [step: string, files: Files])[]

const run = runId('r00000000000000')
const body = { kind: 'integrate', onConflict: 'fail', verify: 'check' } as const

/** What is told of a merge whose check is red where `isRed` says so of its files, and how often it was checked. */
async function toldOf(
  chains: readonly Chain[],
  isRed: (files: Files) => boolean,
  resolution: Files | null = null,
): Promise<Pick<AttemptResult, 'message' | 'outputs'> & { readonly checks: number }> {
  using from = new TestRepository({ 'a.txt': 'a\n' })
  const { stateFolder, tree } = from
  const base = from.git('rev-parse', 'HEAD')
  const heads = chains.map((chain) => {
    from.git('checkout', '--quiet', '--detach', base)
    return chain.map(([id, files]) => from.commit(files, `${id}\n\nOrchd-Step: ${id}`)).at(-1)!
  })
  from.git('checkout', '--quiet', '--detach', heads[0]!)
  for (const head of heads.slice(1)) {
    if (resolution === null) from.git('merge', '--quiet', '--no-ff', '--no-edit', head)
    else {
      const one = from.git('rev-parse', 'HEAD')
      from.git('merge', '--quiet', '--no-commit', '--no-ff', '--strategy=ours', head)
      const merged = from.commit(resolution, 'resolved\n\nOrchd-Step: join')
      from.git('update-ref', mergeRef(run, one, head), merged)
    }
  }
  const merged = from.git('rev-parse', 'HEAD')
  const filesOf = (commit: string): Files =>
    Object.fromEntries(
      from
        .git('ls-tree', '-r', '--name-only', commit)
        .split('\n')
        .map((file) => [file, from.git('show', `${commit}:${file}`)]),
    )
  const author = { name: 'Ada', email: 'ada@example.org' }
  const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
  const context = { ...at, author, notes: [] }
  const repository = await openRepository(stateFolder, context)
  const attempt = attemptOf({ stateFolder, spec: step('join', [], { body }), rest: { context, runId: run, heads } })
  const names: string[] = []
  const check = (commit: string, name: string): Promise<AttemptResult> => {
    names.push(name)
    const red = isRed(filesOf(commit))
    return Promise.resolve({ ...ownResult(red ? 'failure' : 'success', red ? 'exit_nonzero' : null, null), exitCode: red ? 1 : 0 }) // prettier-ignore
  }
  const { signal } = new AbortController()
  const resolved = { files: ['shared.txt'], sides: [['a'], ['b']] as const, by: 'codex', isOwn: true }
  const resolutions = resolution === null ? [] : [resolved]
  const red = await verifyMerge(
    repository,
    attempt,
    { base, heads, merged, resolutions, command: 'check' },
    check,
    signal,
  )
  expect(new Set(names).size).toBe(names.length)
  expect(red).toMatchObject({ outcome: 'failure', cause: 'verify_failed', exitCode: 1 })
  return { message: red!.message, outputs: red!.outputs, checks: names.length }
}

const red = '`check` is red on the merge (exit code 1): '
const alone = (id: string): Chain => [[id, { [`${id}.txt`]: id }]]

test.each(['one', 'two', 'three'])('of three steps "%s" is named, which breaks it by itself', async (guilty) => {
  const told = await toldOf(['one', 'two', 'three'].map(alone), (files) => `${guilty}.txt` in files)
  expect(told.outputs).toEqual({ guilty })
  expect(told.message).toContain(`${red}"${guilty}" broke it`)
})

test('steps that are red only together are both named', async () => {
  const told = await toldOf(['one', 'two', 'three', 'four'].map(alone), (files) => 'one.txt' in files && 'three.txt' in files) // prettier-ignore
  expect(told.message).toBe(`${red}"one" and "three" are red only together, each is green without the other`)
  expect(told.outputs).toEqual({ guilty: 'three', guilty_with: ['one'] })
})

test('three steps that are red only together are all named', async () => {
  const told = await toldOf(['one', 'two', 'three', 'four'].map(alone), (files) =>
    ['one', 'two', 'four'].every((id) => `${id}.txt` in files),
  )
  expect(told.message).toBe(`${red}"four" is red only together with "one", "two"`)
  expect(told.outputs).toEqual({ guilty: 'four', guilty_with: ['one', 'two'] })
})

test('a part that git cannot merge accuses nobody behind it', async () => {
  const left: Chain = [['a', { 'shared.txt': 'a', 'broken.txt': 'x' }]]
  const right: Chain = ['b0', 'b1', 'b2'].map((id) => [id, { 'shared.txt': id }])
  const told = await toldOf([left, right], (files) => 'broken.txt' in files, { 'shared.txt': 'both' })
  expect(told.outputs).toEqual({ guilty: 'a' })
  expect(told.message).toBe(`${red}"a" broke it: it is green without it`)
})

test('steps that cannot be told apart are all named', async () => {
  const right: Chain = [
    ['b0', { 'shared.txt': 'b0', 'broken.txt': 'x' }],
    ['b1', { 'shared.txt': 'b1' }],
  ]
  const told = await toldOf([[['a', { 'shared.txt': 'a' }]], right], (files) => 'broken.txt' in files, { 'shared.txt': 'both', 'broken.txt': 'x' }) // prettier-ignore
  expect(told.message).toBe(`${red}"b0" or "b1" broke it: it is green with "a" alone`)
  expect(told.outputs).toEqual({})
})

test('of a step and what it depends on the one is named that broke it', async () => {
  const told = await toldOf([alone('one'), [...alone('two'), ...alone('three')]], (files) => 'two.txt' in files)
  expect(told.outputs).toEqual({ guilty: 'two' })
})

test('a resolution may have broken what is green on both sides', async () => {
  const sides: readonly Chain[] = [[['a', { 'shared.txt': 'a' }]], [['b', { 'shared.txt': 'b' }]]]
  const told = await toldOf(sides, (files) => files['shared.txt'] === 'neither', { 'shared.txt': 'neither' })
  expect(told.message).toBe(
    `${red}"a" and "b" are red only together, each is green without the other; codex resolved their conflict in shared.txt`,
  )
})
