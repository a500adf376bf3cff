import type { Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import type { RunContext } from '../run/change.ts'
import { baseOf } from './base.ts'
import { onceMore } from './keep-what-can-be.ts'
import { pathsOf } from './names.ts'
import type { WorkspaceOptions } from './options.ts'
import type { OverlapForecast } from './overlap/forecast.ts'
import { openRepository, type Repository } from './repository.ts'
import { spoiled, unmerged } from './result.ts'
import { withSetAside } from './set-aside.ts'
import { snapshot } from './snapshot.ts'
import { keepsToWrites } from './writes.ts'

type Deps = Pick<WorkspaceOptions, 'stateFolder' | 'now' | 'review' | 'writesOutside' | 'watch'> & {
  readonly forecast: OverlapForecast
  /** Attempts of the same run that somebody works on. */
  readonly othersOf: (attempt: Attempt) => readonly Attempt[]
}

export type Finish = {
  /** The result with what the gate says of its change. What could not be reviewed is no success. */
  readonly reviewed: (attempt: Attempt, result: AttemptResult) => Promise<AttemptResult>
  /** The result of an attempt whose work is done: with its change kept, compared with others' and reviewed. Never rejects. */
  readonly finished: (attempt: Attempt, context: RunContext, result: AttemptResult) => Promise<AttemptResult>
}

const never = new AbortController().signal

/** What becomes of the work of an attempt. */
export function createFinish({ stateFolder, now, review, writesOutside, watch, forecast, othersOf }: Deps): Finish {
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
    const overlaps = await forecast.of(repository, attempt, result.change, othersOf(attempt)).catch(() => [])
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
    // What tests leave behind is nobody's change.
    if (result.cause === 'daemon_lost' || attempt.spec.tests !== undefined) return result
    try {
      return await reviewed(attempt, await onceMore(() => kept(attempt, context, result)))
    } catch (error) {
      return result.outcome === 'success' ? spoiled(result, 'what it changed could not be kept', error) : result
    }
  }

  return {
    reviewed,
    finished: async (attempt, context, result) => withSetAside(attempt, await finish(attempt, context, result)),
  }
}
