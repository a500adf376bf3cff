import { join } from 'node:path'
import { runId } from '../../src/base/ids.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { Change, RunContext } from '../../src/run/change.ts'
import { makeWorkspace } from '../../src/workspace/checkout.ts'
import { type WorkspacePaths, workspacePaths } from '../../src/workspace/names.ts'
import { openRepository, type Repository } from '../../src/workspace/repository.ts'
import { snapshot } from '../../src/workspace/snapshot.ts'
import { attemptOf } from '../agents/attempt.ts'
import type { TestRepository } from './repository.ts'

/** A workspace as an attempt finds it, and what orchd keeps of it in the end. */
export class TestWorkspace {
  readonly paths: WorkspacePaths
  readonly #attempt: Attempt
  readonly #repository: Repository
  readonly #base: string

  private constructor(attempt: Attempt, repository: Repository, base: string, paths: WorkspacePaths) {
    this.#attempt = attempt
    this.#repository = repository
    this.#base = base
    this.paths = paths
  }

  static async of(from: TestRepository, more: Partial<RunContext> = {}): Promise<TestWorkspace> {
    const { stateFolder, tree } = from
    const base = from.git('rev-parse', 'HEAD')
    const context: RunContext = {
      gitDir: join(tree, '.git'),
      workTree: tree,
      prefix: '',
      base,
      baseName: 'HEAD',
      branch: null,
      author: { name: 'Ada', email: 'ada@example.org' },
      notes: [],
      ...more,
    }
    const attempt = attemptOf({ stateFolder, rest: { context, runId: runId('r00000000000000') } })
    const repository = await openRepository(stateFolder, context)
    const paths = workspacePaths(stateFolder, attempt)
    await makeWorkspace(repository, attempt, base, paths, new AbortController().signal)
    return new TestWorkspace(attempt, repository, base, paths)
  }

  keep(): Promise<Change> {
    const how = { base: this.#base, session: null, counts: true, now: Date.now() }
    return snapshot(this.#repository, this.#attempt, this.paths, how)
  }
}
