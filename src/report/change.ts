import { isJsonObject } from '../base/json.ts'
import { publishId, pullRequestId } from '../plan/implicit.ts'
import type { RunResponse } from '../ports/response.ts'
import { stepId } from '../base/ids.ts'
import { stepState } from '../run/find.ts'
import type { RunState } from '../run/state.ts'

type ChangeArtifacts = Pick<RunResponse['artifacts'], 'branch' | 'commit' | 'diff_summary'>

/** What a run changed as a whole, and on which branch it is; all `null` until it is published. */
export function changeArtifacts(run: RunState): ChangeArtifacts {
  const state = run.context === undefined ? undefined : stepState(run, stepId(publishId))
  if (state?.status !== 'finished' || state.outcome !== 'success' || state.change === null)
    return { branch: null, commit: null, diff_summary: null }
  const branch = isJsonObject(state.outputs) ? state.outputs['branch'] : null
  const { commit, insertions, deletions } = state.change
  return {
    branch: typeof branch === 'string' ? branch : null,
    commit,
    diff_summary: `+${insertions} -${deletions} lines`,
  }
}

/** The pull request that orchd opened or found; `null`: there is none (yet). */
export function pullRequestUrl(run: RunState): string | null {
  const state = run.context === undefined ? undefined : stepState(run, stepId(pullRequestId))
  const outputs = state?.status === 'finished' && isJsonObject(state.outputs) ? state.outputs : {}
  return typeof outputs['pr_url'] === 'string' ? outputs['pr_url'] : null
}
