import { join } from 'node:path'
import type { AgentAdapter, Attempt, AttemptKey, Report } from '../ports/agent.ts'
import { testsId } from '../plan/implicit.ts'
import { type RunId, stepId } from '../base/ids.ts'
import type { RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { isShared } from '../run/shared.ts'
import { holderOf, makeWorkspace, removeLeftovers, removeWorkspace } from './checkout.ts'
import { checkWorkingDirectory, OutsideError } from './inside.ts'
import { baseOf } from './base.ts'
import { keepEarlierWork } from './earlier-work.ts'
import { createFinish } from './finish.ts'
import { pathsOf, sharedName, sharedPaths, workspacePaths } from './names.ts'
import type { WorkspaceOptions } from './options.ts'
import { removeMergedRefs, workspacesOf } from './let-go.ts'
import { writeOwnLog } from './own-log.ts'
import { isStop, keyOf, performPart } from './perform-part.ts'
import { published, requested } from './published.ts'
import { OverlapForecast } from './overlap/forecast.ts'
import { openRepository } from './repository.ts'
import { conflictResult, failedResult, paidFor, stoppedResult, unpaid } from './result.ts'
import { keepWhatCanBe } from './keep-what-can-be.ts'
import { integrate } from './integrate.ts'
import { SetupFailed, setUp } from './setup.ts'
import { keepLeft, openWorkspace, type OpenedWorkspace } from './opened.ts'
import { withSetAside } from './set-aside.ts'
import { takeOver } from './shared.ts'

export type Workspaces = AgentAdapter & {
  /**
   * A finished run is removed: what its workspaces hold is kept as commits, and its refs go that a branch holds, too. After
   * that its folder of workspaces may be removed.
   */
  letGo(runId: RunId, context: RunContext): Promise<void>
  /** The workspace of a step that no attempt is at, for a person; `null`: it is gone, and the step came to nothing. */
  open(key: AttemptKey, context: RunContext, commit: string | null): Promise<OpenedWorkspace | null>
  /** Removes what an earlier holder left half-removed. Nobody waits for it. */
  sweep(): void
  /** An attempt's result is in the journal: a workspace whose content is kept is not needed any more. */
  settled(key: AttemptKey, result: AttemptResult): void
  close(): Promise<void>
}

/**
 * Attempts that work in git: each gets a workspace on the merge of what its step depends on, and what it leaves there is
 * kept as a commit before it is reported. Integrating and publishing are attempts, too, that nobody else works on.
 */
export function createWorkspaces(options: WorkspaceOptions): Workspaces {
  const { stateFolder, innerFor, now, review, pullRequests, writesOutside, watch } = options
  const preparing = new Map<string, AbortController>()
  const inner = new Map<string, AgentAdapter>()
  /** Attempts that somebody works on in a workspace. */
  const working = new Map<string, Attempt>()
  const forecast = new OverlapForecast(stateFolder)
  const busy = new Set<Promise<unknown>>()
  let closing = false

  const track = (work: Promise<unknown>): void => {
    busy.add(work)
    void work.finally(() => busy.delete(work))
  }

  const othersOf = ({ runId }: Attempt): readonly Attempt[] =>
    Array.from(working.values()).filter((other) => other.runId === runId)
  const { reviewed, finished } = createFinish({ stateFolder, now, review, writesOutside, forecast, othersOf, watch })

  const finishing = (attempt: Attempt, context: RunContext, report: Report) => (result: AttemptResult) => {
    inner.delete(keyOf(attempt))
    working.delete(keyOf(attempt))
    track(finished(attempt, context, result).then(report))
  }

  const inPlace = (attempt: Attempt): AgentAdapter => {
    const adapter = innerFor(attempt)
    inner.set(keyOf(attempt), adapter)
    return adapter
  }
  const whenDone = (attempt: Attempt, report: Report) => (result: AttemptResult) => {
    inner.delete(keyOf(attempt))
    report(result)
  }

  const placed = (attempt: Attempt, context: RunContext): Attempt => {
    const { tree } = pathsOf(stateFolder, attempt)
    const workingDirectory = join(tree, context.prefix, attempt.spec.workingDirectory ?? '.')
    return { ...attempt, root: tree, workingDirectory, sharedObjects: join(context.gitDir, 'objects') }
  }

  const performed = (part: Attempt, makePlace: () => Promise<void>, signal: AbortSignal): Promise<AttemptResult> =>
    performPart({ adapter: innerFor(part), part, makePlace, signal, atWork: inner })

  const integrated = async (attempt: Attempt, context: RunContext, signal: AbortSignal): Promise<AttemptResult> => {
    const paid: AttemptResult[] = []
    const deps = {
      stateFolder,
      context,
      signal,
      perform: (part: Attempt, makePlace: () => Promise<void>) => performed(part, makePlace, signal),
      placed: (one: Attempt) => placed(one, context),
      paid,
    }
    try {
      const repository = await openRepository(stateFolder, context, watch)
      return paidFor(await withSetAside(attempt, await integrate(attempt, { ...deps, repository })), paid)
    } catch (error) {
      if (closing) throw error
      return paidFor(endedBy(error, attempt, signal), paid)
    }
  }

  const work = async (attempt: Attempt, context: RunContext, report: Report, signal: AbortSignal): Promise<void> => {
    const { kind } = attempt.spec.body
    if (kind === 'integrate')
      return reportOwn(attempt, await reviewed(attempt, await integrated(attempt, context, signal)), report)
    const repository = await openRepository(stateFolder, context, watch)
    const base = await baseOf(repository, attempt, context, signal)
    if (!base.ok) return report(unpaid(conflictResult(base.error)))
    if (kind === 'publish' || kind === 'pull_request') {
      const done = kind === 'publish' ? published : requested
      const result = await done(repository, attempt, context, base.value, pullRequests, signal)
      return reportOwn(attempt, unpaid(result), report)
    }
    const paths = pathsOf(stateFolder, attempt)
    await keepEarlierWork(repository, attempt, context, paths, now())
    const make = isShared(attempt.spec) ? takeOver : makeWorkspace
    const makePlace = (): Promise<void> => make(repository, attempt, base.value, paths, signal)
    await setUp(attempt, context, base.value, paths, 'setup', makePlace, {
      stateFolder,
      repository,
      placed: (one) => placed(one, context),
      perform: (part, place) => performed(part, place, signal),
      signal,
    })
    const placedThere = placed(attempt, context)
    await checkWorkingDirectory({ ...placedThere, prefix: context.prefix })
    signal.throwIfAborted()
    preparing.delete(keyOf(attempt))
    const adapter = innerFor(attempt)
    inner.set(keyOf(attempt), adapter)
    working.set(keyOf(attempt), attempt)
    adapter.start(placedThere, finishing(attempt, context, report))
  }

  return {
    name: 'workspace',
    start(attempt, report) {
      const { context } = attempt
      if (context === null || isInPlace(attempt)) return inPlace(attempt).start(attempt, whenDone(attempt, report))
      const abort = new AbortController()
      preparing.set(keyOf(attempt), abort)
      const prepared = work(attempt, context, report, abort.signal).catch((error: unknown) => {
        // Nobody has begun to work on it. When the holder stops, the next one begins anew.
        if (!closing) report(unpaid(endedBy(error, attempt, abort.signal)))
      })
      track(prepared.finally(() => preparing.delete(keyOf(attempt))))
    },
    async attach(attempt, report) {
      const { context } = attempt
      if (context === null || isInPlace(attempt)) return inPlace(attempt).attach(attempt, whenDone(attempt, report))
      if (isOwn(attempt)) return 'unclaimed'
      const adapter = innerFor(attempt)
      inner.set(keyOf(attempt), adapter)
      // It may end while it is attached.
      working.set(keyOf(attempt), attempt)
      const found = await adapter.attach(placed(attempt, context), finishing(attempt, context, report))
      if (found === 'unclaimed' || found === 'lost') {
        inner.delete(keyOf(attempt))
        working.delete(keyOf(attempt))
      }
      return found
    },
    stop(key, reason) {
      const adapter = inner.get(keyOf(key))
      if (adapter === undefined) preparing.get(keyOf(key))?.abort(reason)
      else adapter.stop(key, reason)
    },
    async letGo(runId, context) {
      const repository = await openRepository(stateFolder, context, watch)
      for (const name of await workspacesOf(stateFolder, runId)) {
        const paths =
          name === sharedName
            ? sharedPaths(stateFolder, runId)
            : workspacePaths(stateFolder, { runId, step: stepId(name) })
        const holder = await holderOf(paths)
        const of = { context, startedAt: now() }
        if (holder !== null) await keepWhatCanBe((part) => keepLeft(repository, { runId, ...holder }, of, paths, part))
      }
      await removeMergedRefs(repository, runId)
      forecast.forget(runId)
    },
    async open(key, context, commit) {
      const repository = await openRepository(stateFolder, context, watch)
      return openWorkspace({ stateFolder, repository, key, context, commit, signal: never })
    },
    sweep() {
      track(removeLeftovers(stateFolder).catch(() => {})) // it is in nobody's way
    },
    settled(key, { outcome, change }) {
      if (outcome === 'success' && (change !== undefined || key.step === testsId))
        track(removeWorkspace(workspacePaths(stateFolder, key)).catch(() => {})) // gc finds it again
    },
    async close() {
      closing = true
      for (const abort of preparing.values()) abort.abort(new Error('the holder stops'))
      await Promise.allSettled(busy)
    },
  }
}

const reportOwn = async (attempt: Attempt, result: AttemptResult, report: Report): Promise<void> => {
  await writeOwnLog(attempt, result).catch(() => {}) // the result counts, and tells the same
  report(result)
}

/** What an attempt came to that was not brought to its end. */
function endedBy(error: unknown, attempt: Attempt, signal: AbortSignal): AttemptResult {
  if (error instanceof SetupFailed) return error.result
  const { reason } = signal as { readonly reason: unknown }
  if (isStop(reason)) return stoppedResult(reason)
  const failed = failedResult(troubleOf(attempt), error)
  return error instanceof OutsideError ? { ...failed, outcome: 'failure', cause: 'permission_denied' } : failed
}

const never = new AbortController().signal

/** What orchd does itself can always be done again: it leaves the same. */
const isOwn = ({ spec: { body } }: Attempt): boolean =>
  body.kind === 'integrate' || body.kind === 'publish' || body.kind === 'pull_request'
const troubleOf = (attempt: Attempt): string =>
  isOwn(attempt) ? 'orchd could not do it' : 'its workspace could not be made'
const isInPlace = (attempt: Attempt): boolean => attempt.spec.isolation === 'none' && !isOwn(attempt)
