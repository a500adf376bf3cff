import { type RunId, stepId } from '../../base/ids.ts'
import type { Attempt } from '../../ports/agent.ts'
import type { Change } from '../../run/change.ts'
import type { Overlap } from '../../run/attempt-result.ts'
import { withIndexCopy } from '../index-file.ts'
import { pathsOf, stepRef } from '../names.ts'
import type { Repository } from '../repository.ts'
import { type ChangedFiles, changedFilesOf, mostPaths } from './changed-files.ts'

/** Others that are told of with a change. */
const mostOverlaps = 10
/** Files that are named. */
const mostNamed = 20
/** Of what is looked for in workspaces: they go on a command line. */
const mostLookedFor = 300
const mostRuns = 16
const lookMs = 5000

/** What steps that do not wait for each other have both changed, as soon as it can be seen. */
export class OverlapForecast {
  readonly #stateFolder: string
  readonly #runs = new Map<RunId, Promise<ChangedFiles>>()

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder
  }

  /**
   * Compares what an attempt changed with what others have: those that are over by their commits, those at work by a look
   * at these files in their workspaces. What it costs grows with the change and with what runs at once, not with the run.
   *
   * @param running attempts of the run that have a workspace
   */
  async of(
    repository: Repository,
    attempt: Attempt,
    { base, commit }: Change,
    running: readonly Attempt[],
  ): Promise<readonly Overlap[]> {
    if (base === commit) return []
    const changed = await this.#changedFiles(repository, attempt.runId)
    const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', base, commit]
    const { stdout } = await repository.clean(args)
    const paths = stdout.split('\0', mostPaths).filter((path) => path !== '')
    changed.set({ step: attempt.step, attempt: attempt.attempt, paths })
    const others = new Set(running.map(({ step }) => step as string))
    const sharing = Array.from(changed.sharing(paths), ([{ step, attempt: number }, files]) => ({
      step,
      attempt: number,
      files,
    }))
    const over = sharing.filter(({ step }) => step !== attempt.step && !others.has(step)).slice(0, mostOverlaps)
    const apart = await this.#apart(repository, attempt.runId, over, base)
    // Whoever is over meanwhile looks for itself, and its workspace may be gone.
    const looked = await Promise.allSettled(running.map((one) => this.#inWorkspaceOf(repository, one, paths)))
    const atWork = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    return [...atWork, ...apart]
      .filter(({ files }) => files.length > 0)
      .slice(0, mostOverlaps)
      .map(({ step, attempt: number, files }) => {
        return { step, attempt: number, count: files.length, files: files.slice(0, mostNamed) }
      })
  }

  forget(runId: RunId): void {
    this.#runs.delete(runId)
  }

  #changedFiles(repository: Repository, runId: RunId): Promise<ChangedFiles> {
    const known = this.#runs.get(runId)
    if (known !== undefined) return known
    const read = changedFilesOf(repository, runId)
    this.#runs.set(runId, read)
    read.catch(() => this.#runs.delete(runId))
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > mostRuns && oldest !== undefined) this.#runs.delete(oldest)
    return read
  }

  /** Those whose change is no part of what the attempt started from. */
  async #apart<T extends { readonly step: string }>(
    repository: Repository,
    runId: RunId,
    over: readonly T[],
    base: string,
  ): Promise<readonly T[]> {
    if (over.length === 0) return []
    const refOf = ({ step }: { readonly step: string }): string => stepRef({ runId, step: stepId(step) })
    const args = ['for-each-ref', '--format=%(refname)', `--no-merged=${base}`, ...over.map(refOf)]
    const apart = new Set((await repository.main(args)).stdout.split('\n'))
    return over.filter((one) => apart.has(refOf(one)))
  }

  /** Which of the files an attempt at work has touched: by our index of its workspace, as it was checked out. */
  async #inWorkspaceOf(repository: Repository, running: Attempt, paths: readonly string[]): Promise<Touched> {
    const { step, attempt } = running
    const { tree, index } = pathsOf(this.#stateFolder, running)
    const wanted = paths.slice(0, mostLookedFor)
    const args = ['--literal-pathspecs', 'ls-files', '-z', '--modified', '--deleted', '--others', '--', ...wanted]
    const signal = AbortSignal.timeout(lookMs)
    const listed = await withIndexCopy(index, (own) => repository.clean(args, { tree, index: own, signal }))
    const files = new Set(listed.stdout.split('\0').filter((path) => path !== ''))
    return { step, attempt, files: wanted.filter((path) => files.has(path)) }
  }
}

type Touched = { readonly step: string; readonly attempt: number; readonly files: readonly string[] }
