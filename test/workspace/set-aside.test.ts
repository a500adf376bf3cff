import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeWorkspace, removeLeftovers, removeWorkspace } from '../../src/workspace/checkout.ts'
import { attemptRef, workspacePaths } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { TestRepository } from './repository.ts'
import { done, failed, run, TestStep } from './step.ts'

/** git has no way to keep a file by such a name. */
function leaveUnkeepable(tree: string): void {
  mkdirSync(join(tree, 'sub/.GIT'), { recursive: true })
  writeFileSync(join(tree, 'sub/.GIT/config'), 'x')
  writeFileSync(join(tree, 'b.txt'), 'b\n')
}

test('what cannot be kept of a failed attempt keeps no other from beginning', async () => {
  using from = new TestRepository()
  const step = new TestStep(from)
  await step.try(1, failed, leaveUnkeepable)
  const second = await step.try(2, done, (tree) => {
    expect(readdirSync(tree).toSorted()).toEqual(['.git', 'a.txt'])
    writeFileSync(join(tree, 'c.txt'), 'c\n')
  })
  const aside = join(step.stateFolder, 'workspaces', run, '.left-one@1')
  expect(second).toMatchObject({ outcome: 'success', change: { files: 1 } })
  expect(second.message).toMatch(/^not all that attempt 1 of "one" left could be kept \(git add .*sub\/\.GIT\/config/)
  expect(second.message).toContain(`it is in ${aside}`)
  expect(existsSync(join(aside, 'tree/sub/.GIT/config'))).toBe(true)
  expect(from.git('show', `${attemptRef(step.attempt(1))}:b.txt`)).toBe('b')
})

test('a result that has something to say itself says both', async () => {
  using from = new TestRepository()
  const step = new TestStep(from)
  await step.try(1, failed, leaveUnkeepable)
  await step.try(2, failed, leaveUnkeepable)
  const { message } = await step.try(3, failed, () => {})
  expect(message).toMatch(/^it failed; not all that attempt 2 of "one" left could be kept/)
})

test('what can be kept is, when a run is let go', async () => {
  using from = new TestRepository()
  const step = new TestStep(from)
  await step.try(1, failed, leaveUnkeepable)
  await step.workspaces.letGo(run, step.context)
  expect(from.git('show', `${attemptRef(step.attempt(1))}:b.txt`)).toBe('b')
})

test('a workspace is removed however deep it is, and also when an earlier holder did not live to', async () => {
  using from = new TestRepository()
  const step = new TestStep(from)
  const { context, stateFolder } = step
  const repository = await openRepository(stateFolder, context)
  const made = step.attempt(1)
  const paths = workspacePaths(stateFolder, made)
  const dig = 'for i in $(seq 50); do mkdir $0; cd $0; done'
  const folder = join(stateFolder, 'workspaces', run)
  await makeWorkspace(repository, made, context.base, paths, new AbortController().signal)
  execFileSync('bash', ['-c', dig, 'x'.repeat(100)], { cwd: paths.tree })
  await removeWorkspace(paths)
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(join(folder, '.gone-1'))
  mkdirSync(join(folder, '.gone-2'))
  execFileSync('bash', ['-c', dig, 'x'.repeat(100)], { cwd: join(folder, '.gone-1') })
  await removeLeftovers(stateFolder)
  expect(readdirSync(folder)).toEqual([])
})
