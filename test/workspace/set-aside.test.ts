import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import type { AgentAdapter, Attempt } from '../../src/ports/agent.ts'
import type { RunContext } from '../../src/run/change.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import { createWorkspaces, type Workspaces } from '../../src/workspace/adapter.ts'
import { makeWorkspace, removeLeftovers, removeWorkspace } from '../../src/workspace/checkout.ts'
import { attemptRef, workspacePaths } from '../../src/workspace/names.ts'
import { openRepository } from '../../src/workspace/repository.ts'
import { attemptOf } from '../agents/attempt.ts'
import { TestRepository } from './repository.ts'

const run = runId('r00000000000000')

const failed = bareResult('failure', 'exit_nonzero', 'it failed')
const done = bareResult('success', null, null)

/** A step whose attempts do and end as they are told. */
class Step {
  readonly context: RunContext
  readonly stateFolder: string
  readonly workspaces: Workspaces
  #work: (tree: string) => void = () => {}
  #result: AttemptResult = failed

  constructor(from: TestRepository) {
    this.stateFolder = from.stateFolder
    const { tree } = from
    const base = from.git('rev-parse', 'HEAD')
    const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
    this.context = { ...at, author: { name: 'Ada', email: 'ada@example.org' }, notes: [] }
    const agent: AgentAdapter = {
      name: 'agent',
      start: ({ root }, report) => {
        this.#work(root)
        setImmediate(() => report(this.#result))
      },
      attach: () => Promise.resolve('unclaimed'),
      stop() {},
    }
    this.workspaces = createWorkspaces({
      stateFolder: this.stateFolder,
      innerFor: () => agent,
      now: Date.now,
      review: () => Promise.resolve({ verdict: 'approve', policy: 'p', tree: 't', findings: [] }),
      pullRequests: { token: () => null, textsOf: () => ({ title: '', body: '' }) },
      writesOutside: 'error',
    })
  }

  attempt(number: number): Attempt {
    const { stateFolder, context } = this
    return attemptOf({ stateFolder, attempt: number, spec: { isolation: 'worktree' }, rest: { context, runId: run } })
  }

  /** An attempt that does `work` in its workspace and ends with `result`. */
  async try(number: number, result: AttemptResult, work: (tree: string) => void): Promise<AttemptResult> {
    this.#work = work
    this.#result = result
    return new Promise((resolve) => this.workspaces.start(this.attempt(number), resolve))
  }
}

/** git has no way to keep a file by such a name. */
function leaveUnkeepable(tree: string): void {
  mkdirSync(join(tree, 'sub/.GIT'), { recursive: true })
  writeFileSync(join(tree, 'sub/.GIT/config'), 'x')
  writeFileSync(join(tree, 'b.txt'), 'b\n')
}

test('what cannot be kept of a failed attempt keeps no other from beginning', async () => {
  using from = new TestRepository()
  const step = new Step(from)
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
  const step = new Step(from)
  await step.try(1, failed, leaveUnkeepable)
  await step.try(2, failed, leaveUnkeepable)
  const { message } = await step.try(3, failed, () => {})
  expect(message).toMatch(/^it failed; not all that attempt 2 of "one" left could be kept/)
})

test('what can be kept is, when a run is let go', async () => {
  using from = new TestRepository()
  const step = new Step(from)
  await step.try(1, failed, leaveUnkeepable)
  await step.workspaces.letGo(run, step.context)
  expect(from.git('show', `${attemptRef(step.attempt(1))}:b.txt`)).toBe('b')
})

test('a workspace is removed however deep it is, and also when an earlier holder did not live to', async () => {
  using from = new TestRepository()
  const step = new Step(from)
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
