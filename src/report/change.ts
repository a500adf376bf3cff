import { isJsonObject } from '../base/json.ts'
import { publishId } from '../plan/implicit.ts'
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
