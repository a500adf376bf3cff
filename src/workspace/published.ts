import type { Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import type { RunContext } from '../run/change.ts'
import { publish } from './publish.ts'
import { type PullRequests, requestPull } from './pull-request/request.ts'
import type { Repository } from './repository.ts'
import { ownResult } from './result.ts'
import { changeOf } from './snapshot.ts'

/** Puts a commit on the run's result branch. */
export async function published(
  repository: Repository,
  attempt: Attempt,
  context: RunContext,
  commit: string,
): Promise<AttemptResult> {
  const { branch, note } = await publish(repository, context, attempt.runId, commit)
  const change = await changeOf(repository, context.base, commit)
  return { ...ownResult('success', null, note), outputs: { branch, commit }, change }
}

/**
 * Asks for a pull request of it. The branch is the one that the result was published on: asked again, `publish` finds it there.
 */
export async function requested(
  repository: Repository,
  attempt: Attempt,
  context: RunContext,
  commit: string,
  pullRequests: PullRequests,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { branch, note } = await publish(repository, context, attempt.runId, commit)
  const { pullRequest: target } = context
  if (branch === null) return { ...ownResult('success', null, note), outputs: { pr_url: null } }
  if (target === undefined) return ownResult('error', 'transient', 'the run does not know where pull requests go')
  return requestPull(repository, attempt, target, { commit, branch }, pullRequests, signal)
}
