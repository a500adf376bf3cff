import { join } from 'node:path'
import { runId } from '../../src/base/ids.ts'
import type { AgentAdapter, Attempt } from '../../src/ports/agent.ts'
import type { RunContext } from '../../src/run/change.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import { createWorkspaces, type Workspaces } from '../../src/workspace/adapter.ts'
import { attemptOf } from '../agents/attempt.ts'
import type { TestRepository } from './repository.ts'

export const run = runId('r00000000000000')

export const failed: AttemptResult = bareResult('failure', 'exit_nonzero', 'it failed')
export const done: AttemptResult = bareResult('success', null, null)

/** A step whose attempts do and end as they are told. */
export class TestStep {
  readonly context: RunContext
  readonly stateFolder: string
  readonly workspaces: Workspaces
  #work: (tree: string) => void = () => {}
  #result: AttemptResult = failed

  constructor(from: TestRepository, more: Partial<RunContext> = {}) {
    this.stateFolder = from.stateFolder
    const { tree } = from
    const base = from.git('rev-parse', 'HEAD')
    const at = { gitDir: join(tree, '.git'), workTree: tree, prefix: '', base, baseName: 'HEAD', branch: null }
    this.context = { ...at, author: { name: 'Ada', email: 'ada@example.org' }, notes: [], ...more }
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
