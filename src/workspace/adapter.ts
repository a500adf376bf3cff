import { join } from 'node:path'
import type { AgentAdapter, Attempt, AttemptKey, Report } from '../ports/agent.ts'
import { testsId } from '../plan/implicit.ts'
import { type RunId, stepId } from '../base/ids.ts'
import { ok, type Result } from '../base/result.ts'
import type { Change, RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { isShared } from '../run/shared.ts'
import type { ReviewResult } from '../run/review.ts'
import type { GitWatch } from './git.ts'
import { holderOf, makeWorkspace, removeLeftovers, removeWorkspace } from './checkout.ts'
import { checkWorkingDirectory } from './inside.ts'
import { type Conflict, mergeHeads } from './merge.ts'
import { attemptRef, pathsOf, sharedName, sharedPaths, workspacePaths, type WorkspacePaths } from './names.ts'
import { removeMergedRefs, workspacesOf } from './let-go.ts'
import { writeOwnLog } from './own-log.ts'
import { isStop, keyOf, performPart } from './perform-part.ts'
import { published, requested } from './published.ts'
import type { PullRequests } from './pull-request/request.ts'
import { OverlapForecast } from './overlap/forecast.ts'
import { openRepository, type Repository } from './repository.ts'
import { conflictResult, failedResult, paidFor, spoiled, stoppedResult, unmerged, unpaid } from './result.ts'
import { keepWhatCanBe, onceMore } from './keep-what-can-be.ts'
import { keepsToWrites } from './writes.ts'
import { integrate } from './integrate.ts'
import { refValue } from './refs.ts'
import { SetupFailed, setUp } from './setup.ts'
import { keepLeft, openWorkspace, type OpenedWorkspace } from './opened.ts'
import { keepOrSetAside, withSetAside } from './set-aside.ts'
import { takeOver } from './shared.ts'
import { snapshot } from './snapshot.ts'

export type WorkspaceOptions = {
  readonly stateFolder: string
  /** Who does the work of an attempt, once it has a place to work in. */
  readonly innerFor: (attempt: Attempt) => AgentAdapter
  readonly now: () => number
  /** What the gate says of a change that an attempt made, or of all that it brings together. @throws OrchdError */
  readonly review: (attempt: Attempt, change: Change) => Promise<ReviewResult>
  readonly pullRequests: PullRequests
  /** What a change outside of what its step says it writes is. */
  readonly writesOutside: 'error' | 'warning'
  /** Is told of each git, for crash tests. */
  readonly watch?: GitWatch
}

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

  /** The result with what the gate says of its change. What could not be reviewed is no success. */
  const reviewed = async (attempt: Attempt, result: AttemptResult): Promise<AttemptResult> => {
    const { outcome, change } = result
    if (outcome !== 'success' || change === undefined || change.commit === change.base) return result
    try {
      return { ...result, review: await onceMore(() => review(attempt, change)) }
    } catch (error) {
      return spoiled(result, 'its change could not be reviewed', error)
    }
  }

  /** The result with what others have changed, too. That it could not be seen is no reason to fail. */
  const forecasted = async (
    repository: Repository,
    attempt: Attempt,
    result: AttemptResult,
  ): Promise<AttemptResult> => {
    if (result.outcome !== 'success' || result.change === undefined) return result
    const others = Array.from(working.values()).filter(({ runId }) => runId === attempt.runId)
    const overlaps = await forecast.of(repository, attempt, result.change, others).catch(() => [])
    return overlaps.length === 0 ? result : { ...result, overlaps }
  }

  /** The result with its change, held to what the step says it writes. */
  const kept = async (attempt: Attempt, context: RunContext, result: AttemptResult): Promise<AttemptResult> => {
    const repository = await openRepository(stateFolder, context, watch)
    const base = await baseOf(repository, attempt, context, never)
    if (!base.ok) return unmerged(result, base.error)
    const change = await snapshot(repository, attempt, pathsOf(stateFolder, attempt), {
      base: base.value,
      session: result.session ?? null,
      counts: result.outcome === 'success',
      now: now(),
    })
    const held = await keepsToWrites(repository, attempt, context, { ...result, change }, writesOutside)
    return forecasted(repository, attempt, held)
  }

  const finish = async (attempt: Attempt, context: RunContext, result: AttemptResult): Promise<AttemptResult> => {
    inner.delete(keyOf(attempt))
    working.delete(keyOf(attempt))
    // What tests leave behind is nobody's change.
    if (result.cause === 'daemon_lost' || attempt.spec.tests !== undefined) return result
    try {
      return await reviewed(attempt, await onceMore(() => kept(attempt, context, result)))
    } catch (error) {
      return result.outcome === 'success' ? spoiled(result, 'what it changed could not be kept', error) : result
    }
  }
  const finishing = (attempt: Attempt, context: RunContext, report: Report) => (result: AttemptResult) =>
    track(
      finish(attempt, context, result)
        .then((finished) => withSetAside(attempt, finished))
        .then(report),
    )

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

  /** Keeps what an attempt before left where this one is to work, if nobody has. */
  const keepBefore = async (
    repository: Repository,
    attempt: Attempt,
    context: RunContext,
    paths: WorkspacePaths,
  ): Promise<void> => {
    const holder = await holderOf(paths)
    if (holder === null || (holder.step === attempt.step && holder.attempt === attempt.attempt)) return
    const before = { ...attempt, ...holder }
    const rest = { base: context.base, session: null, counts: false, now: now() }
    const isOwnStep = holder.step === attempt.step
    await keepOrSetAside(attempt, paths, async (part) => {
      if (isOwnStep && (await refValue(repository, attemptRef(before))) === null)
        await snapshot(repository, before, paths, { ...rest, part })
      await keepLeft(repository, before, { context, startedAt: now() }, paths, part)
    })
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
    await keepBefore(repository, attempt, context, paths)
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

/** Where the attempt starts from, or why it cannot. The same at each call. */
const baseOf = async (
  repository: Repository,
  attempt: Attempt,
  context: RunContext,
  signal: AbortSignal,
): Promise<Result<string, Conflict>> =>
  attempt.heads.length === 0 ? ok(context.base) : mergeHeads(repository, attempt, attempt.heads, signal)

/** What an attempt came to that was not brought to its end. */
function endedBy(error: unknown, attempt: Attempt, signal: AbortSignal): AttemptResult {
  if (error instanceof SetupFailed) return error.result
  const { reason } = signal as { readonly reason: unknown }
  return isStop(reason) ? stoppedResult(reason) : failedResult(troubleOf(attempt), error)
}

const never = new AbortController().signal

/** What orchd does itself can always be done again: it leaves the same. */
const isOwn = ({ spec: { body } }: Attempt): boolean =>
  body.kind === 'integrate' || body.kind === 'publish' || body.kind === 'pull_request'
const troubleOf = (attempt: Attempt): string =>
  isOwn(attempt) ? 'orchd could not do it' : 'its workspace could not be made'
const isInPlace = (attempt: Attempt): boolean => attempt.spec.isolation === 'none' && !isOwn(attempt)
